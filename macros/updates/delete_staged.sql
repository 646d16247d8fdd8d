{% macro delete_staged(kind) %}
    {#- Pre-hook of stg_custom__<kind>: the rows go that the query reads again. Rows without a time go,
        too: they are read each time. -#}
    {%- if not execute or not is_incremental() -%}{{ return('') }}{%- endif -%}
    {%- set kept = [] -%}
    {%- for source in active_custom_sources(kind) -%}
        {%- set relation = custom_relation(source) if source.format == 'parquet' else {'columns': {}} -%}
        {%- set mapping = custom_mapping(source, relation) if source.format == 'parquet' else {} -%}
        {%- set day = staged_from(source, relation, mapping, custom_types(relation, mapping)) -%}
        {%- if day -%}
            {%- do kept.append(
                "(source_system = '" ~ source.source_system ~ "' and "
                ~ ('ordered_at' if kind == 'orders' else 'occurred_at')
                ~ " < timestamp '" ~ day ~ "')"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    delete from {{ this }} where not coalesce({{ kept | join(' or ') or 'false' }}, false)
{% endmacro %}
