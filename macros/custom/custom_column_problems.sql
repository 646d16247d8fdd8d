{% macro custom_column_problems(kind, source, columns) %}
    {#- What is wrong with a mapping itself, before anything is known about the data. -#}
    {%- set known = custom_columns(kind) -%}
    {%- if columns is not mapping -%}
        {{ return(["columns must map names of this project to columns of yours"]) }}
    {%- endif -%}
    {%- set problems = [] -%}
    {%- set mapped_to = {} -%}
    {%- for name, column in columns.items() -%}
        {%- if name not in known -%}
            {%- do problems.append(
                "columns maps '" ~ name ~ "', which " ~ kind ~ " do not have. They have: "
                ~ known | join(', ')
            ) -%}
        {%- endif -%}
        {%- if column is none or column is mapping or (column is iterable and column is not string) -%}
            {%- do problems.append(name ~ " must be mapped to one column, not to " ~ column) -%}
        {%- else -%}
            {%- do mapped_to.setdefault(column | string, []).append(name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for column, names in mapped_to.items() if names | length > 1 -%}
        {%- do problems.append(
            "column '" ~ column ~ "' is mapped twice: " ~ names | join(', ') ~ ". Keep one"
        ) -%}
    {%- endfor -%}
    {%- do problems.extend(custom_missing_columns(kind, columns)) -%}
    {%- if 'status' in columns and source.ignored_statuses is none and source.return_statuses is none -%}
        {%- do problems.append(
            "status is mapped, but nothing says which statuses count. Set ignored_statuses to those"
            ~ " whose rows do not ([] if all do), return_statuses to those that are returns"
        ) -%}
    {%- endif -%}
    {%- for setting, column in {
        'only_currency': 'currency', 'ignored_statuses': 'status', 'return_statuses': 'status',
        'click_types': 'event_type', 'impression_types': 'event_type',
    }.items() if source.get(setting) and column not in columns -%}
        {%- do problems.append(setting ~ " needs a column mapped to " ~ column) -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}
