{% macro active_custom_sources(kind=none) %}
    {#- The custom sources (`kind`: of orders or of interactions) whose source system is on. -#}
    {%- set systems = source_systems() -%}
    {{ return(custom_sources(kind) | selectattr('source_system', 'in', systems) | list) }}
{% endmacro %}
