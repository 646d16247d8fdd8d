{% macro custom_mapping(source, relation) %}
    {#- The columns of a source by the names of this project, each of which exists. Without a mapping,
        columns that bear these names are taken. -#}
    {%- set mapping = {} -%}
    {%- if source.columns -%}
        {%- for name, column in source.columns.items() -%}
            {%- do mapping.update({name: column | string}) -%}
        {%- endfor -%}
    {%- else -%}
        {%- for name in custom_columns(source.kind) if name in relation.columns -%}
            {%- do mapping.update({name: name}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set problems = [] if source.columns
        else custom_column_problems(source.kind, source, mapping) -%}
    {%- set missing = mapping.values() | reject('in', relation.columns) | list -%}
    {%- if missing -%}
        {%- do problems.append(
            "has no column " ~ missing | join(', ') ~ "."
            ~ nearest_names(missing, relation.columns | list)
        ) -%}
    {%- endif -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error(
            custom_label(source) ~ ": " ~ problems | join('; ') ~ " The columns are: "
            ~ relation.columns | join(', ') ~ ". Correct columns; see docs/custom_sources.md."
        ) }}
    {%- endif -%}
    {{ return(mapping) }}
{% endmacro %}
