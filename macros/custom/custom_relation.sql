{% macro custom_relation(source) %}
    {#- How to read a custom source: `columns`, its columns with their types, and `sql`, a query for
          raw          the row, a struct of those columns
          raw_line     the line of a JSON file; null elsewhere
          source_file  the file, relative to DATA_DIR, or the relation's name
          line_count   lines of the file that hold the record
        Names of columns and files come from outside: they only ever stand in quotes. Lines that the
        reader cannot parse go to temporary tables, from where keep_malformed_lines() brings them
        back. -#}
    {%- if source.format == 'csv' -%}
        {{ return(custom_csv(source)) }}
    {%- elif source.format == 'json' -%}
        {{ return(custom_json(source)) }}
    {%- elif source.format == 'parquet' -%}
        {%- set relation = (
            "read_parquet(" ~ sql_paths(raw_files(source.files))
            ~ ", union_by_name = true, filename = 'raw file name')"
        ) -%}
        {%- set source_file = custom_source_file('"raw file name"') -%}
    {%- else -%}
        {%- set relation = custom_table(source) -%}
        {%- set source_file = sql_string(relation | replace('"', '')) -%}
    {%- endif -%}
    {%- set columns = {} -%}
    {%- for row in run_query(
        "select column_name, column_type from (describe select * from " ~ relation ~ ")"
    ).rows if row[0] != 'raw file name' -%}
        {%- do columns.update({row[0]: row[1]}) -%}
    {%- endfor -%}
    {%- set fields = [] -%}
    {%- for column in columns -%}
        {%- do fields.append(sql_name(column) ~ ' := ' ~ sql_name(column)) -%}
    {%- endfor -%}
    {%- set sql -%}
        select
            struct_pack({{ fields | join(', ') }}) as raw,
            cast(null as varchar) as raw_line,
            {{ source_file }} as source_file,
            1 as line_count
        from {{ relation }}
    {%- endset -%}
    {{ return({'columns': columns, 'sql': sql}) }}
{% endmacro %}
