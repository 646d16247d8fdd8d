{% macro raw_format(source_name) %}
    {%- set format = var('raw_format').get(source_name, 'csv') -%}
    {%- if format not in ['csv', 'parquet'] -%}
        {{ exceptions.raise_compiler_error(
            "raw_format of " ~ source_name ~ " is '" ~ format ~ "'; it must be csv or parquet"
        ) }}
    {%- endif -%}
    {{ return(format) }}
{% endmacro %}
