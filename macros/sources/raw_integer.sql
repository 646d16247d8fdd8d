{% macro raw_integer(column, source_name) -%}
    {#- An integer of a raw table whose Parquet files keep their types. -#}
    {%- if raw_format(source_name) == 'parquet' -%}
        try_cast({{ column }} as bigint)
    {%- else -%}
        {{ parse_integer(column) }}
    {%- endif -%}
{%- endmacro %}
