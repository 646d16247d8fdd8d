{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- A folder is a schema: `marts`, not dbt's default `main_marts`. -#}
    {{ return((custom_schema_name or target.schema) | trim) }}
{%- endmacro %}
