{% macro custom_plain_number(source, text, scale) -%}
    {#- Text that is known to be a number, with the marks of SQL. -#}
    {%- set ns = namespace(text=text) -%}
    {%- if source.thousands_mark -%}
        {%- set ns.text = "replace(" ~ ns.text ~ ", " ~ sql_string(source.thousands_mark) ~ ", '')" -%}
    {%- endif -%}
    {%- if source.decimal_mark == ',' -%}
        {%- set ns.text = "replace(" ~ ns.text ~ ", ',', '.')" -%}
    {%- endif -%}
    try_cast({{ ns.text }} as decimal(18, {{ scale }}))
{%- endmacro %}
