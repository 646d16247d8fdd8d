-- One row per part of a hypothesis and observation: what its test compares. The queries are rows of
-- a seed, so they are read before this one can be written.
{#- What the queries read; in a project that installs this one the schema can have another name. -#}
{%- set schema = ref('customers').schema %}
{%- for table in ('credit_card_customers', 'customer_segments', 'daily_revenue') %}
{%- do ref(table) %}
{%- endfor %}
{%- set hypotheses = declared_hypotheses(ref('hypotheses'), ref('hypothesis_tests')) %}

with
{%- for row in hypotheses %}
{{ row.hypothesis }}_{{ row.part_number }} as (
    {{ row.query | replace('marts.', schema ~ '.') | indent(4) }}
),
{% endfor %}

stacked as (
    {%- for row in hypotheses %}
    select
        '{{ row.source_system }}' as source_system,
        '{{ row.hypothesis }}' as hypothesis,
        {{ row.part_number }} as part_number,
        '{{ row.test }}' as test,
        cast({{ 'null' if row.expected_value is none else row.expected_value }} as double)
            as expected_value,
        cast({{ 'in_group' if 'in_group' in row.reads else 'null' }} as boolean) as in_group,
        cast({{ 'observed' if 'observed' in row.reads else 'null' }} as double) as observed,
        cast({{ 'other_observed' if 'other_observed' in row.reads else 'null' }} as double)
            as other_observed
    from {{ row.hypothesis }}_{{ row.part_number }}
    where {{ row.reads | join(' is not null and ') }} is not null
    union all
    {%- endfor %}
    select
        cast(null as varchar) as source_system,
        cast(null as varchar) as hypothesis,
        cast(null as integer) as part_number,
        cast(null as varchar) as test,
        cast(null as double) as expected_value,
        cast(null as boolean) as in_group,
        cast(null as double) as observed,
        cast(null as double) as other_observed
    from {{ ref('customers') }}
    where 1 = 0
)

select * from stacked
