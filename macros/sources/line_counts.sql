{% macro line_counts(files, format) %}
    {#- [[file, records it must hold], ...]. The lines of text are counted by a plain line reader, not by
        the CSV reader that staging uses; a record over several lines counts as many. Of Parquet, the
        rows that the files' footers promise. -#}
    {%- set counts = [] -%}
    {%- for file in files -%}
        {%- if format == 'parquet' -%}
            {%- set counted = run_query(
                "select num_rows from parquet_file_metadata(" ~ sql_string(file) ~ ")"
            ) -%}
            {%- do counts.append([file, counted.rows[0][0]]) -%}
        {%- else -%}
            {%- do run_query("drop table if exists temp.rejects_lines") -%}
            {%- do run_query("drop table if exists temp.rejects_scans_lines") -%}
            {%- set counted = run_query("select count(line) from " ~ read_lines([file])) -%}
            {%- set not_utf8 = run_query("select count(distinct line) from temp.rejects_lines") -%}
            {%- do counts.append(
                [file, counted.rows[0][0] + not_utf8.rows[0][0] - (1 if format == 'csv' else 0)]
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(counts) }}
{% endmacro %}
