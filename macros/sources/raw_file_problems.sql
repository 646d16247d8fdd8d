{% macro raw_file_problems(table) %}
    {#- What keeps the files of a raw table from being read, one sentence each. `table` is made by
        published_raw_table() or custom_raw_table(). -#}
    {%- set problems = [] -%}
    {%- if not table.files -%}
        {%- do problems.append(table.name ~ ": " ~ table.no_files) -%}
    {%- endif -%}
    {%- set all_found = [] -%}
    {%- for file in table.files -%}
        {#- A packed file without a byte is not even a packed file, which is all the reader would say. -#}
        {%- set size = run_query("select size from read_blob(" ~ sql_paths([file]) ~ ")").rows[0][0] -%}
        {%- set found = raw_header(file, table.format, table.delimiter) if size else [] -%}
        {%- set missing = table.columns | reject('in', found) | list if table.format != 'json' else [] -%}
        {%- do all_found.extend(found) -%}
        {%- if not found -%}
            {%- do problems.append(
                file ~ ": is empty, or not UTF-8."
                ~ (
                    " Its first line must name the columns: " ~ table.columns | join(table.delimiter) ~ "."
                    if table.format == 'csv' else ''
                )
            ) -%}
        {%- elif found | length == 1 and missing and table.format == 'csv' -%}
            {%- do problems.append(
                file ~ ": its first line is one single column, '" ~ found[0] | truncate(60)
                ~ "'. The delimiter of this table must be "
                ~ ('a TAB' if table.delimiter == '\t' else "'" ~ table.delimiter ~ "'") ~ "."
            ) -%}
        {%- elif missing -%}
            {%- do problems.append(
                file ~ ": has no column " ~ missing | join(', ') ~ "." ~ nearest_names(missing, found)
                ~ " It names: " ~ found | join(', ') ~ ". " ~ table.advice
            ) -%}
        {%- elif found | unique | list | length < found | length and table.format != 'json' -%}
            {%- do problems.append(file ~ ": names a column twice: " ~ found | join(', ') ~ ".") -%}
        {%- elif table.reads_all and found | length > table.columns | length -%}
            {%- do exceptions.warn(
                file ~ ": columns that nothing reads: "
                ~ found | reject('in', table.columns) | join(', ')
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {#- A key of JSON lines need not stand in every line, nor in every file. -#}
    {%- if table.format == 'json' and all_found -%}
        {%- set missing = [] -%}
        {%- for column in table.columns + table.pointers if column not in all_found -%}
            {%- set hits = run_query(
                "select count(*) from " ~ read_lines(table.files)
                ~ " where case when json_valid(line) then json_exists(line, "
                ~ json_pointer(column, all_found) ~ ") end"
            ) -%}
            {%- if hits.rows[0][0] == 0 -%}{%- do missing.append(column) -%}{%- endif -%}
        {%- endfor -%}
        {%- if missing -%}
            {%- do problems.append(
                table.name ~ ": no line has " ~ missing | join(', ') ~ "."
                ~ nearest_names(missing, all_found | unique(case_sensitive=true) | list)
                ~ " The keys are: " ~ all_found | unique(case_sensitive=true) | join(', ') ~ ". "
                ~ table.advice
            ) -%}
        {%- endif -%}
    {%- endif -%}
    {%- do problems.extend(same_file_twice(table.files)) -%}
    {{ return(problems) }}
{% endmacro %}
