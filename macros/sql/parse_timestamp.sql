{% macro parse_timestamp(column, formats) -%}
    try_strptime(trim({{ column }}), {{ formats }})
{%- endmacro %}
