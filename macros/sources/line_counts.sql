{% macro line_counts(files, format, delimiter=',') %}
    {#- [[file, records it must hold], ...]. The lines of text are counted by a plain line reader, not by
        the CSV reader that staging uses; a record over several lines counts as many. Of Parquet, the
        rows that the files' footers promise. -#}
    {%- set counts = [] -%}
    {%- for file in files -%}
        {%- if format == 'parquet' -%}
            {%- set counted = run_query(
                "select num_rows from parquet_file_metadata(" ~ sql_paths([file]) ~ ")"
            ) -%}
            {%- do counts.append([file, counted.rows[0][0]]) -%}
        {%- else -%}
            {%- do run_query("drop table if exists temp.rejects_lines") -%}
            {%- do run_query("drop table if exists temp.rejects_scans_lines") -%}
            {#- A blank line is no row of JSON lines; of a CSV file, it is one that cannot be read. -#}
            {%- set counted = run_query(
                "select count(line) from " ~ read_lines([file])
                ~ (" where trim(line, e' \\t') <> ''" if format == 'json' else '')
            ) -%}
            {%- set not_utf8 = run_query("select count(distinct line) from temp.rejects_lines") -%}
            {%- set header_lines = 0 if format == 'json'
                else 1 + (raw_header(file, format, delimiter) | join).count('\n') -%}
            {%- do counts.append(
                [file, counted.rows[0][0] + not_utf8.rows[0][0] - header_lines]
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(counts) }}
{% endmacro %}
