{% macro raw_records(source_name, table_name) %}
    {#- What to put behind `from` to read a raw table: its published columns as they stand in the
        files (text; Parquet keeps its types where the source says `typed`), and
          source_file  the file, relative to DATA_DIR
          raw_row      the row as JSON text, keys and order as published
          line_count   lines of the file that hold the record: more than 1 where a quoted field has line breaks
        Lines that the CSV reader cannot parse go to the temporary table rejects_<model>, from where
        keep_malformed_lines() brings them back. -#}
    {%- set relation = source(source_name, table_name) -%}
    {%- if relation.is_cte or not execute -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- set node = raw_source(source_name, table_name) -%}
    {%- set meta = node.config.meta -%}
    {%- set wanted = [] -%}
    {%- set pairs = [] -%}
    {%- for column in node.columns -%}
        {%- do wanted.append('"' ~ column ~ '"') -%}
        {%- do pairs.append(sql_string(column) ~ ', "' ~ column ~ '"') -%}
    {%- endfor -%}
    {%- set raw_row = 'cast(json_object(' ~ pairs | join(', ') ~ ') as varchar) as raw_row' -%}
    {%- set source_file -%}
        replace(filename, {{ sql_string(data_dir() ~ '/') }}, '') as source_file
    {%- endset -%}

    {%- set format = raw_format(source_name) -%}
    {%- set files = raw_files(meta.files, format) -%}
    {%- if format == 'parquet' -%}
        {%- set cells = [] -%}
        {%- for column in wanted -%}
            {%- do cells.append(
                column if meta.typed else 'cast(' ~ column ~ ' as varchar) as ' ~ column
            ) -%}
        {%- endfor -%}
        {%- set sql -%}
            (
                select {{ cells | join(', ') }}, {{ source_file }}, {{ raw_row }}, 1 as line_count
                from read_parquet(
                    {{ sql_paths(files) }}, union_by_name = true, filename = true
                )
            )
        {%- endset -%}
        {{ return(sql) }}
    {%- endif -%}

    {#- Files whose columns stand in the same order are read in one go. -#}
    {%- set groups = {} -%}
    {%- for file in files -%}
        {%- do groups.setdefault(raw_header(file, 'csv', meta.delimiter) | join('\n'), []).append(file) -%}
    {%- endfor -%}
    {%- set reads = [] -%}
    {%- for header, paths in groups.items() -%}
        {%- set columns = [] -%}
        {%- for column in header.split('\n') -%}
            {%- do columns.append(sql_string(column) ~ ": 'VARCHAR'") -%}
        {%- endfor -%}
        {%- set read -%}
            select
                {{ wanted | join(', ') }},
                {{ source_file }},
                {{ raw_row }},
                {{ lines_of_record(wanted) }} as line_count
            from read_csv(
                {{ sql_paths(paths) }},
                auto_detect = false, header = true, columns = { {{- columns | join(', ') -}} },
                delim = {{ sql_string(meta.delimiter) }}, quote = '"', escape = '"',
                filename = true, ignore_errors = true, store_rejects = true,
                rejects_table = 'rejects_{{ this.identifier }}',
                rejects_scan = 'rejects_scans_{{ this.identifier }}'
            )
        {%- endset -%}
        {%- do reads.append(read) -%}
    {%- endfor -%}
    {{ return('(\n' ~ reads | join('\nunion all\n') ~ '\n)') }}
{% endmacro %}
