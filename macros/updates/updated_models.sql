{% macro updated_models() %}
    {#- The models that hold what a build with var late_days does not read again. -#}
    {{ return([
        'stg_custom__orders', 'stg_custom__interactions', 'int_custom_interactions',
        'int_order_lines', 'int_ad_clicks_stream', 'int_customer_days',
    ]) }}
{% endmacro %}
