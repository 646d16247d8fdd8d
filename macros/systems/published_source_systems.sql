{% macro published_source_systems() %}
    {#- The systems that have models of their own, because their raw tables are published as they are. -#}
    {{ return(['online_retail', 'superstore', 'bank', 'credit_card', 'ad_clicks']) }}
{% endmacro %}
