{% macro source_systems() %}
    {#- The same default and the same splitting as `+enabled` in dbt_project.yml. -#}
    {%- set known = known_source_systems() -%}
    {%- set names = (
        var('source_systems', env_var('SOURCE_SYSTEMS', known | join(',')))
        | string | replace(' ', '')
    ).split(',') -%}
    {%- for name in names if name not in known -%}
        {{ exceptions.raise_compiler_error(
            "source_systems names '" ~ name ~ "', which is not a source system. Known: "
            ~ known | join(', ') ~ ". Set env SOURCE_SYSTEMS or var source_systems to a"
            ~ " comma-separated list of these."
        ) }}
    {%- endfor -%}
    {{ return(known | select('in', names) | list) }}
{% endmacro %}
