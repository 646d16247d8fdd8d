{% macro custom_label(source) %}
    {{ return("custom_" ~ source.kind ~ " of " ~ source.source_system) }}
{% endmacro %}
