-- One row per part of a hypothesis and observation: what its test compares. The queries are rows of a
-- seed, so they are read before this one can be written.
{#- Whatever the queries may read; in a project that installs this one the schema has another name. -#}
{%- set schema = ref('customers').schema %}
{%- do [ref('credit_card_customers'), ref('customer_segments'), ref('daily_revenue'), ref('segments')] %}
{%- set hypotheses = declared_hypotheses(ref('hypotheses'), ref('hypothesis_tests')) %}

with
{%- for row in hypotheses %}
{{ row.hypothesis }}_{{ row.part }} as (
    {{ row.query | replace('marts.', schema ~ '.') | indent(4) }}
),
{% endfor %}

stacked as (
    {%- for row in hypotheses %}
    select
        '{{ row.source_system }}' as source_system,
        '{{ row.hypothesis }}' as hypothesis,
        {{ row.part }} as part,
        '{{ row.test }}' as test,
        cast({{ 'null' if row.expected_value is none else row.expected_value }} as double)
            as expected_value,
        cast({{ 'in_group' if 'in_group' in row.reads else 'null' }} as boolean) as in_group,
        cast({{ 'value' if 'value' in row.reads else 'null' }} as double) as value,
        cast({{ 'other_value' if 'other_value' in row.reads else 'null' }} as double) as other_value
    from {{ row.hypothesis }}_{{ row.part }}
    where
        {% for column in row.reads %}
        {{- 'and ' if not loop.first }}{{ column }} is not null
        {% endfor %}
    union all
    {%- endfor %}
    select
        cast(null as varchar) as source_system,
        cast(null as varchar) as hypothesis,
        cast(null as integer) as part,
        cast(null as varchar) as test,
        cast(null as double) as expected_value,
        cast(null as boolean) as in_group,
        cast(null as double) as value,
        cast(null as double) as other_value
    from {{ ref('customers') }}
    where 1 = 0
)

select * from stacked
