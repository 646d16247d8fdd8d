{% macro custom_cells(source, relation, mapping, types) %}
    {#- The first two CTEs of a custom source: its rows, and their mapped cells as <name>_cell. -#}
    {%- set system = source.source_system -%}
{{ system }}_rows as (
    {{ relation.sql }}
    {%- set day = staged_from(source, relation, mapping, types) %}
    {%- if day %}
    {#- Wherever the clock is read, a day lies within two of the one that it shows. The reader passes over
        row groups that hold none of these. #}
    {%- set time = 'ordered_at' if source.kind == 'orders' else 'occurred_at' %}
    {%- set column = sql_name(mapping[time]) %}
    {%- set engine_type = {'date': 'date', 'time': 'timestamp', 'moment': 'timestamptz'}[types[time]] %}
    where
        {{ column }} >= cast(date '{{ day }}' - 2 as {{ engine_type }})
        or {{ column }} is null
    {%- endif %}
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
