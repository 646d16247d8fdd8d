{% macro union_systems(models, columns) %}
    {#- The only place where per-system models are named: whatever reads the result can be built,
        tested and documented with any set of systems switched on. -#}
    {%- set enabled = source_systems() -%}
    {%- set parts = [] -%}
    {%- for system, model in models.items() if system in enabled -%}
        {%- do parts.append(
            'select ' ~ columns.keys() | join(', ') ~ ' from ' ~ ref(model)
        ) -%}
    {%- endfor -%}
    {%- if not parts -%}
        {%- set nulls = [] -%}
        {%- for column, data_type in columns.items() -%}
            {%- do nulls.append('cast(null as ' ~ data_type ~ ') as ' ~ column) -%}
        {%- endfor -%}
        {%- do parts.append('select ' ~ nulls | join(', ') ~ ' where 1 = 0') -%}
    {%- endif -%}
    {{ return(parts | join('\nunion all\n')) }}
{% endmacro %}
