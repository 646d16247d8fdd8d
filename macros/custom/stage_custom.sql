{% macro stage_custom(kind) %}
    {#- The query of stg_custom__<kind>: the rows of every custom source of the kind, one below the
        other. -#}
    {%- set sources = active_custom_sources(kind) -%}
    {%- if not execute -%}
        {#- What a source is read from is known to dbt before the query can be written. -#}
        {%- for source in sources if source.format == 'relation' -%}
            {%- do custom_table(source) -%}
        {%- endfor -%}
        {{ return('') }}
    {%- endif -%}
with {% for source in sources %}
{{ stage_custom_orders(source) if kind == 'orders' else stage_custom_interactions(source) }}
{%- if not loop.last %},{% endif %}
{%- endfor %}
{% for source in sources %}
select * from {{ source.source_system }}_staged
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
{%- endmacro %}
