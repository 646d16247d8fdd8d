{% macro custom_digits_day(cell) -%}
    {#- A day in the basic format of ISO 8601. Seven digits would be another day to the parser. -#}
    case when regexp_full_match({{ cell }}, '[0-9]{8}') then try_strptime({{ cell }}, '%Y%m%d') end
{%- endmacro %}
