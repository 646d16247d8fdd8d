{% macro published_raw_table(source_node) %}
    {#- What raw_file_problems() must know of a published raw table. -#}
    {%- set meta = source_node.config.meta -%}
    {%- set format = raw_format(source_node.source_name) -%}
    {{ return({
        'name': source_node.source_name,
        'format': format,
        'delimiter': meta.delimiter,
        'files': raw_files(meta.files, format),
        'columns': source_node.columns | list,
        'pointers': [],
        'reads_all': true,
        'no_files': "no " ~ ('Parquet' if format == 'parquet' else 'text') ~ " file " ~ data_dir() ~ '/'
            ~ meta.files ~ (' (.parquet)' if format == 'parquet' else ' (.csv .tsv .txt .asc, plain or .gz)')
            ~ ". Put it there, point DATA_DIR to the folder that holds " ~ meta.files.split('/')[0]
            ~ "/, or leave " ~ source_node.source_name ~ " out of SOURCE_SYSTEMS.",
        'advice': "Rename the column as published.",
    }) }}
{% endmacro %}
