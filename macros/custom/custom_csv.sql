{% macro custom_csv(source) %}
    {#- custom_relation() of text files. Each file is read with the columns of its own header; a column
        that only other files have is null. -#}
    {%- set groups = {} -%}
    {%- set columns = {} -%}
    {%- for file in raw_files(source.files) -%}
        {%- set header = [] -%}
        {%- for name in raw_header(file, 'csv', source.delimiter) -%}
            {#- pandas writes its index under an empty name. -#}
            {%- do header.append(name or 'column ' ~ loop.index) -%}
        {%- endfor -%}
        {%- for name in header -%}{%- do columns.update({name: 'VARCHAR'}) -%}{%- endfor -%}
        {%- do groups.setdefault(header | join('\n'), []).append(sql_string(file)) -%}
    {%- endfor -%}
    {%- set reads = [] -%}
    {%- for header, paths in groups.items() -%}
        {%- set names = header.split('\n') -%}
        {%- set types = [] -%}
        {%- set cells = [] -%}
        {%- for name in names -%}
            {%- do types.append(sql_string(name) ~ ": 'VARCHAR'") -%}
            {%- do cells.append(sql_name(name)) -%}
        {%- endfor -%}
        {%- set fields = [] -%}
        {%- for name in columns -%}
            {%- do fields.append(
                sql_name(name) ~ ' := '
                ~ (sql_name(name) if name in names else 'cast(null as varchar)')
            ) -%}
        {%- endfor -%}
        {%- set rejects = this.identifier ~ '_' ~ source.source_system -%}
        {%- set read -%}
            select
                struct_pack({{ fields | join(', ') }}) as raw,
                cast(null as varchar) as raw_line,
                {{ custom_source_file('"raw file name"') }} as source_file,
                {{ lines_of_record(cells) }} as line_count
            from read_csv(
                [{{ paths | join(', ') }}],
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
