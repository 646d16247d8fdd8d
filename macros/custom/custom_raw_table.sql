{% macro custom_raw_table(source) %}
    {#- What raw_file_problems() must know of a custom source that is read from files. -#}
    {%- set pointers = [] -%}
    {%- set columns = [] -%}
    {%- for column in (source.columns or {}).values() | map('string') -%}
        {%- do (pointers if source.format == 'json' and column.startswith('/') else columns).append(column) -%}
    {%- endfor -%}
    {{ return({
        'name': custom_label(source),
        'format': source.format,
        'delimiter': source.delimiter,
        'files': raw_files(source.files),
        'columns': columns,
        'pointers': pointers,
        'reads_all': false,
        'no_files': "no file " ~ (
            source.files if source.files.startswith('/') else data_dir() ~ '/' ~ source.files
        ) ~ ". Correct files, which is absolute or relative to DATA_DIR.",
        'advice': "Correct the mapping.",
    }) }}
{% endmacro %}
