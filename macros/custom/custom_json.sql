{% macro custom_json(source) %}
    {#- custom_relation() of JSON lines: the mapped keys of each line as text. A column such as
        /customer/id is a JSON pointer into nested objects. A blank line is nothing. -#}
    {%- set files = raw_files(source.files) -%}
    {%- set columns = {} -%}
    {%- set paths = [] -%}
    {%- set fields = [] -%}
    {%- set names = [] -%}
    {%- for file in files -%}{%- do names.extend(raw_header(file, 'json')) -%}{%- endfor -%}
    {%- for name in (source.columns.values() if source.columns else custom_columns(source.kind))
        | map('string') if source.columns or name in names -%}
        {%- do columns.update({name: 'VARCHAR'}) -%}
        {%- do paths.append(json_pointer(name, names)) -%}
        {%- do fields.append(sql_name(name) ~ ' := cells[' ~ columns | length ~ ']') -%}
    {%- endfor -%}
    {%- set sql -%}
        select
            struct_pack({{ fields | join(', ') }}) as raw,
            line as raw_line,
            {{ custom_source_file('file_name') }} as source_file,
            1 as line_count
        from (
            select
                line,
                filename as file_name,
                case
                    when json_valid(line) then json_extract_string(line, [{{ paths | join(', ') }}])
                end as cells
            from {{ read_lines(files, this.identifier ~ '_' ~ source.source_system) }}
            where trim(line, e' \t') <> ''
        )
    {%- endset -%}
    {{ return({'columns': columns, 'sql': sql}) }}
{% endmacro %}
