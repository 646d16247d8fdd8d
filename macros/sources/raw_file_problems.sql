{% macro raw_file_problems(source_node) %}
    {%- set meta = source_node.config.meta -%}
    {%- set format = raw_format(source_node.source_name) -%}
    {%- set files = raw_files(source_node) -%}
    {%- set problems = [] -%}
    {%- if not files -%}
        {%- do problems.append(
            source_node.source_name ~ ": no " ~ ('Parquet' if format == 'parquet' else 'text')
            ~ " file " ~ data_dir() ~ '/' ~ meta.files
            ~ (' (.parquet)' if format == 'parquet' else ' (.csv .tsv .txt .asc, plain or .gz)')
            ~ ". Put it there, point DATA_DIR to the folder that holds "
            ~ meta.files.split('/')[0] ~ "/, or leave " ~ source_node.source_name
            ~ " out of SOURCE_SYSTEMS."
        ) -%}
    {%- endif -%}
    {%- for file in files -%}
        {#- A packed file without a byte is not even a packed file, which is all the reader would say. -#}
        {%- set size = run_query("select size from read_blob(" ~ sql_string(file) ~ ")").rows[0][0] -%}
        {%- set found = raw_header(source_node, file) if size else [] -%}
        {%- set missing = source_node.columns | reject('in', found) | list -%}
        {%- if not found -%}
            {%- do problems.append(
                file ~ ": is empty. Its first line must name the columns: "
                ~ source_node.columns | join(meta.delimiter) ~ "."
            ) -%}
        {%- elif found | length == 1 and missing -%}
            {%- do problems.append(
                file ~ ": its first line is one single column, '" ~ found[0] | truncate(60)
                ~ "'. The delimiter of this table must be "
                ~ ('a TAB' if meta.delimiter == '\t' else "'" ~ meta.delimiter ~ "'") ~ "."
            ) -%}
        {%- elif missing -%}
            {%- do problems.append(
                file ~ ": has no column " ~ missing | join(', ') ~ ". Its first line names: "
                ~ found | join(', ') ~ ". Rename the column as published."
            ) -%}
        {%- elif found | unique(case_sensitive=true) | list | length < found | length -%}
            {%- do problems.append(file ~ ": names a column twice: " ~ found | join(', ') ~ ".") -%}
        {%- elif found | length > source_node.columns | length -%}
            {%- do exceptions.warn(
                file ~ ": columns that nothing reads: "
                ~ found | reject('in', source_node.columns) | join(', ')
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do problems.extend(same_file_twice(files)) -%}
    {{ return(problems) }}
{% endmacro %}
