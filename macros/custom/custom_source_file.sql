{% macro custom_source_file(path) %}
    {{- return("replace(" ~ path ~ ", " ~ sql_string(data_dir() ~ '/') ~ ", '')") -}}
{% endmacro %}
