{% macro parse_date(column, formats) -%}
    cast({{ parse_timestamp(column, formats) }} as date)
{%- endmacro %}
