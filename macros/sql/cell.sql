{% macro cell(column) -%}
    {#- A raw cell without the blanks around it; null when nothing is left. -#}
    nullif(trim({{ column }}), '')
{%- endmacro %}
