{% macro raw_files(pattern, format=none) %}
    {#- Absolute paths, sorted, of the files that make up one raw table. With a format (csv, parquet)
        only files with its endings: a publisher's folder holds other files as well. -#}
    {%- set endings = {'parquet': '\\.parquet$', 'csv': '\\.(csv|tsv|txt|asc)(\\.gz)?$'} -%}
    {%- set path = pattern if pattern.startswith('/') else data_dir() ~ '/' ~ pattern -%}
    {%- set found = run_query(
        "select file from glob(" ~ sql_string(path) ~ ")"
        ~ (" where regexp_matches(lower(file), '" ~ endings[format] ~ "')" if format else '')
        ~ " order by file"
    ) -%}
    {{ return(found.columns[0].values() | list) }}
{% endmacro %}
