{% macro json_pointer(column, keys) %}
    {#- A mapped column of JSON lines as a quoted JSON pointer: one already where it begins with a slash
        and is no key itself. -#}
    {%- if column.startswith('/') and column not in keys -%}
        {{ return(sql_string(column)) }}
    {%- endif -%}
    {{ return(sql_string('/' ~ column | replace('~', '~0') | replace('/', '~1'))) }}
{% endmacro %}
