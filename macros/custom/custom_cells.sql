{% macro custom_cells(source, relation, mapping, types) %}
    {#- The first two CTEs of a custom source: its rows, and their mapped cells as <name>_cell. -#}
    {%- set system = source.source_system -%}
{{ system }}_rows as (
    {{ relation.sql }}
),

{{ system }}_cells as (
    select
        raw,
        raw_line,
        source_file,
        line_count,
        {%- for name in custom_columns(source.kind) %}
        {{ custom_cell(source, name, mapping.get(name), types.get(name)) }} as {{ name }}_cell
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ system }}_rows
)
{%- endmacro %}
