{% macro is_on(system) %}
    {#- Whether models of a system are enabled. `custom_orders` and `custom_interactions` stand for
        whatever custom sources of that kind are on, `custom` for either. -#}
    {%- if system.startswith('custom') -%}
        {{ return(active_custom_sources(none if system == 'custom' else system[7:]) | length > 0) }}
    {%- endif -%}
    {{ return(system in source_systems()) }}
{% endmacro %}
