{% macro staged_from(source, relation, mapping, types) %}
    {#- First day that staging reads again of a custom source; none where it reads all of it: text is parsed
        as a whole, and an id of a line must be compared with all others. -#}
    {%- set time = 'ordered_at' if source.kind == 'orders' else 'occurred_at' -%}
    {%- set day = replaced_from().get(source.source_system) -%}
    {%- if day and source.format == 'parquet' and 'line_id' not in mapping
        and types[time] in ['date', 'time', 'moment'] -%}
        {{ return(day) }}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}
