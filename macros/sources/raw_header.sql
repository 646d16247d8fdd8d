{% macro raw_header(file, format, delimiter=',') %}
    {#- Column names of one raw file in file order; an empty list for an empty file. Of JSON lines, the
        keys that the first 10,000 of them have. -#}
    {%- if format == 'parquet' -%}
        {%- set described = run_query(
            "select column_name from (describe select * from read_parquet("
            ~ sql_string(file) ~ "))"
        ) -%}
        {{ return(described.columns[0].values() | list) }}
    {%- elif format == 'json' -%}
        {%- set keys = run_query(
            "select distinct unnest(json_keys(line)) as json_key from"
            ~ " (select line from " ~ read_lines([file]) ~ " limit 10000) as lines"
            ~ " where case when json_valid(line) then json_type(line) = 'OBJECT' end order by json_key"
        ) -%}
        {{ return(keys.columns[0].values() | list) }}
    {%- endif -%}
    {%- set first_line = run_query("select line from " ~ read_lines([file]) ~ " limit 1") -%}
    {%- set names = [] -%}
    {%- for row in first_line.rows -%}
        {#- A byte order mark would become part of the first name. -#}
        {%- set line = (row[0] or '') | replace('\ufeff', '') -%}
        {%- set mark = modules.re.escape(delimiter) -%}
        {#- A cell in quotes, where a quote is doubled and a delimiter is text; or a plain one. -#}
        {%- for quoted, plain in modules.re.findall(
            '(?:^|' ~ mark ~ ') *(?:"((?:[^"]|"")*)" *(?=' ~ mark ~ '|$)|([^' ~ mark ~ ']*))', line
        ) -%}
            {%- do names.append((quoted | replace('""', '"')) or plain.strip()) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}
