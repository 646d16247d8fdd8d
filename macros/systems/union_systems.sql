{% macro union_systems(models, columns, present=none) %}
    {#- The only place where per-system models are named: whatever reads the result can be built,
        tested and documented with any set of systems switched on. Without any of them, no rows. The keys
        of `models` are what is_on() knows. Spark knows no varchar without a length, hence
        type_string(). -#}
    {%- set parts = [] -%}
    {%- for system in models | list + ['none'] if system == 'none' or is_on(system) -%}
        {%- set cells = [] -%}
        {%- for column, data_type in columns.items() -%}
            {%- set has_column = system != 'none' and (present is none or column in present[system]) -%}
            {%- set engine_type = dbt.type_string() if data_type == 'varchar' else data_type -%}
            {%- do cells.append(
                column if has_column else 'cast(null as ' ~ engine_type ~ ') as ' ~ column
            ) -%}
        {%- endfor -%}
        {%- do parts.append(
            'select\n    ' ~ cells | join(',\n    ')
            ~ ('\nwhere 1 = 0' if system == 'none' else '\nfrom ' ~ ref(models[system]))
        ) -%}
    {%- endfor -%}
    {{ return(parts | join('\nunion all\n')) }}
{% endmacro %}
