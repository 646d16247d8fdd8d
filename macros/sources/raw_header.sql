{% macro raw_header(source_node, file) %}
    {#- Column names of one raw file in file order; an empty list for an empty file. -#}
    {%- if raw_format(source_node.source_name) == 'parquet' -%}
        {%- set described = run_query(
            "select column_name from (describe select * from read_parquet("
            ~ sql_string(file) ~ "))"
        ) -%}
        {{ return(described.columns[0].values() | list) }}
    {%- endif -%}
    {%- set first_line = run_query("select line from " ~ read_lines([file]) ~ " limit 1") -%}
    {%- set names = [] -%}
    {%- for row in first_line.rows -%}
        {#- A byte order mark would become part of the first name. -#}
        {%- set line = (row[0] or '') | replace('\ufeff', '') -%}
        {%- for name in line.split(source_node.config.meta.delimiter) -%}
            {%- do names.append(name.strip().strip('"')) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(names) }}
{% endmacro %}
