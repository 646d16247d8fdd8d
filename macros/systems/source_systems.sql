{% macro source_systems() %}
    {#- The systems that are on: var source_systems, else env SOURCE_SYSTEMS, else the custom ones, else
        all published ones. Whoever maps data of their own does not want generated customers beside it. -#}
    {%- set published = published_source_systems() -%}
    {%- set known = known_source_systems() -%}
    {%- set setting = var('source_systems', none) or env_var('SOURCE_SYSTEMS', '') -%}
    {%- if not setting -%}
        {{ return(known[published | length:] or published) }}
    {%- endif -%}
    {%- set names = (setting | string | replace(' ', '')).split(',') -%}
    {%- for name in names if name not in known -%}
        {{ exceptions.raise_compiler_error(
            "source_systems names '" ~ name ~ "', which is not a source system. Known: "
            ~ known | join(', ') ~ ". Set env SOURCE_SYSTEMS or var source_systems to a"
            ~ " comma-separated list of these; systems of your own become known by vars"
            ~ " custom_orders and custom_interactions."
        ) }}
    {%- endfor -%}
    {{ return(known | select('in', names) | list) }}
{% endmacro %}
