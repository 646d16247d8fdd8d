{% macro known_source_systems() %}
    {{ return(['online_retail', 'superstore', 'bank', 'credit_card', 'ad_clicks']) }}
{% endmacro %}
