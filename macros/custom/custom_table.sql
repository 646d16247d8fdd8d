{% macro custom_table(entry) %}
    {#- The relation that a custom source (`entry`, because source() is needed here) names, quoted. -#}
    {%- if entry.model -%}
        {%- set relation = ref(entry.model) -%}
        {%- if relation.is_cte -%}
            {{ exceptions.raise_compiler_error(
                custom_label(entry) ~ ": model " ~ entry.model ~ " is ephemeral, so there is nothing to"
                ~ " read. Materialize it as a view or a table."
            ) }}
        {%- endif -%}
        {{ return(relation | string) }}
    {%- elif entry.source -%}
        {%- set parts = entry.source.split('.') -%}
        {{ return(source(parts[0], parts[1]) | string) }}
    {%- endif -%}
    {%- set parts = entry.table.split('.') if entry.table is string else entry.table | list -%}
    {%- if entry.attach -%}
        {%- set file = entry.attach if entry.attach.startswith('/') else data_dir() ~ '/' ~ entry.attach -%}
        {%- set database = 'attached_' ~ entry.source_system ~ '_' ~ entry.kind -%}
        {%- do run_query(
            "attach if not exists " ~ sql_string(file) ~ " as " ~ database ~ " (read_only)"
        ) -%}
        {%- set parts = [database] + (parts if parts | length > 1 else ['main'] + parts) -%}
    {%- endif -%}
    {%- set names = [] -%}
    {%- for part in parts -%}{%- do names.append(sql_name(part)) -%}{%- endfor -%}
    {{ return(names | join('.')) }}
{% endmacro %}
