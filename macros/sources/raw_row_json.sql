{% macro raw_row_json(source_name, table_name) %}
    {#- The raw row as JSON text, keys and order as published. -#}
    {%- if not execute -%}{{ return('null') }}{%- endif -%}
    {%- set pairs = [] -%}
    {%- for column in raw_source(source_name, table_name).columns -%}
        {%- do pairs.append(sql_string(column) ~ ', "' ~ column ~ '"') -%}
    {%- endfor -%}
    {{ return('cast(json_object(' ~ pairs | join(', ') ~ ') as varchar)') }}
{% endmacro %}
