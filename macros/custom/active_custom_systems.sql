{% macro active_custom_systems(kind) %}
    {{ return(active_custom_sources(kind) | map(attribute='source_system') | list) }}
{% endmacro %}
