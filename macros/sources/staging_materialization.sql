{% macro staging_materialization(source_name) %}
    {#- A text file is parsed once; Parquet is cheap to read again, and a copy would be waste. -#}
    {{ return('view' if raw_format(source_name) == 'parquet' else 'table') }}
{% endmacro %}
