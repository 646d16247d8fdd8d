{% macro sql_name(name) %}
    {#- An identifier that may hold anything. -#}
    {{- return('"' ~ (name | string | replace('"', '""')) ~ '"') -}}
{% endmacro %}
