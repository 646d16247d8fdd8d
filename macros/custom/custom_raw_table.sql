{% macro custom_raw_table(source) %}
    {#- What raw_file_problems() must know of a custom source that is read from files. In JSON lines, a
        column such as /customer/id points into nested objects and is not looked for among the keys. -#}
    {%- set columns = [] -%}
    {%- for column in (source.columns or {}).values()
        if not (source.format == 'json' and (column | string).startswith('/')) -%}
        {%- do columns.append(column | string) -%}
    {%- endfor -%}
    {{ return({
        'name': custom_label(source),
        'format': source.format,
        'delimiter': source.delimiter,
        'files': raw_files(source.files),
        'columns': columns,
        'reads_all': false,
        'no_files': "no file " ~ (
            source.files if source.files.startswith('/') else data_dir() ~ '/' ~ source.files
        ) ~ ". Correct files, which is absolute or relative to DATA_DIR.",
        'advice': "Correct the mapping.",
    }) }}
{% endmacro %}
