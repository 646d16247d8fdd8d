{% macro raw_header(file, format, delimiter=',') %}
    {#- Column names of one raw file in file order; an empty list for an empty file, and for one whose
        header is not UTF-8. Of JSON lines, the keys that the first 10,000 of them have. -#}
    {%- if format == 'parquet' -%}
        {%- set described = run_query(
            "select column_name from (describe select * from read_parquet(" ~ sql_paths([file]) ~ "))"
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
    {%- do run_query("drop table if exists temp.rejects_header") -%}
    {%- do run_query("drop table if exists temp.rejects_scans_header") -%}
    {%- set first_lines = run_query("select line from " ~ read_lines([file], 'header') ~ " limit 20") -%}
    {%- set is_utf8 = run_query(
        "select count(*) from temp.rejects_header where line = 1"
    ).rows[0][0] == 0 -%}
    {%- set ns = namespace(line=none) -%}
    {%- set mark = modules.re.escape(delimiter) -%}
    {#- A name in quotes may hold line breaks. -#}
    {%- set open_quote = '(?:^|' ~ mark ~ ') *"(?:[^"]|"")*$' -%}
    {%- for row in first_lines.rows
        if is_utf8 and (ns.line is none or modules.re.search(open_quote, ns.line)) -%}
        {%- set ns.line = ((ns.line ~ '\n') if ns.line else '') ~ (row[0] or '') -%}
    {%- endfor -%}
    {%- set names = [] -%}
    {#- A cell in quotes, where a quote is doubled and a delimiter is text; or a plain one. A byte order
        mark would become part of the first name. -#}
    {%- for quoted, plain in modules.re.findall(
        '(?:^|' ~ mark ~ ') *(?:"((?:[^"]|"")*)" *(?=' ~ mark ~ '|$)|([^' ~ mark ~ ']*))',
        (ns.line or '') | replace('\ufeff', '')
    ) if ns.line -%}
        {%- do names.append((quoted | replace('""', '"')) or plain.strip()) -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}
