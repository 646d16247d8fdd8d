{% macro raw_files(source_node) %}
    {#- Absolute paths, sorted, of the files that make up one raw table. -#}
    {%- set endings = (
        '\\.parquet$' if raw_format(source_node.source_name) == 'parquet'
        else '\\.(csv|tsv|txt|asc)(\\.gz)?$'
    ) -%}
    {%- set pattern = data_dir() ~ '/' ~ source_node.config.meta.files -%}
    {%- set found = run_query(
        "select file from glob(" ~ sql_string(pattern) ~ ")"
        ~ " where regexp_matches(lower(file), '" ~ endings ~ "') order by file"
    ) -%}
    {{ return(found.columns[0].values() | list) }}
{% endmacro %}
