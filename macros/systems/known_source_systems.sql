{% macro known_source_systems() %}
    {#- The published ones, and those that vars custom_orders and custom_interactions name. -#}
    {%- set custom = custom_sources() | map(attribute='source_system') | unique | list -%}
    {{ return(published_source_systems() + custom) }}
{% endmacro %}
