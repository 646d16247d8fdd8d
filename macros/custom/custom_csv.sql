{% macro custom_csv(source) %}
    {#- custom_relation() of text files. Each file is read with the columns of its own header; a column
        that only other files have is null. Letter case does not tell columns apart. -#}
    {%- set groups = {} -%}
    {%- set columns = {} -%}
    {%- set spellings = {} -%}
    {%- for file in raw_files(source.files) -%}
        {%- set header = [] -%}
        {%- for name in raw_header(file, 'csv', source.delimiter) -%}
            {#- pandas writes its index under an empty name. -#}
            {%- do header.append(name or 'column ' ~ loop.index) -%}
        {%- endfor -%}
        {%- for name in header -%}
            {%- do columns.update({spellings.setdefault(name | lower, name): 'VARCHAR'}) -%}
        {%- endfor -%}
        {%- do groups.setdefault(tojson(header), []).append(file) -%}
    {%- endfor -%}
    {%- set reads = [] -%}
    {%- for header, files in groups.items() -%}
        {%- set types = [] -%}
        {%- set cells = {} -%}
        {%- for name in fromjson(header) -%}
            {%- do types.append(sql_string(name) ~ ": 'VARCHAR'") -%}
            {%- do cells.update({name | lower: sql_name(name)}) -%}
        {%- endfor -%}
        {%- set fields = [] -%}
        {%- for name in columns -%}
            {%- do fields.append(
                sql_name(name) ~ ' := ' ~ cells.get(name | lower, 'cast(null as varchar)')
            ) -%}
        {%- endfor -%}
        {%- set rejects = this.identifier ~ '_' ~ source.source_system -%}
        {%- set read -%}
            select
                struct_pack({{ fields | join(', ') }}) as raw,
                cast(null as varchar) as raw_line,
                {{ custom_source_file('"raw file name"') }} as source_file,
                {{ lines_of_record(cells.values() | list) }} as line_count
            from read_csv(
                {{ sql_paths(files) }},
                auto_detect = false, header = true, columns = { {{- types | join(', ') -}} },
                delim = {{ sql_string(source.delimiter) }}, quote = '"', escape = '"',
                filename = 'raw file name', ignore_errors = true, store_rejects = true,
                rejects_table = 'rejects_{{ rejects }}', rejects_scan = 'rejects_scans_{{ rejects }}'
            )
        {%- endset -%}
        {%- do reads.append(read) -%}
    {%- endfor -%}
    {{ return({'columns': columns, 'sql': reads | join('\nunion all\n')}) }}
{% endmacro %}
