{% macro staging_models() %}
    {#- Staging model of every raw table that is read: one entry each, (system, table, model). Rows of
        custom sources name their system themselves, hence none. -#}
    {%- set models = [
        ['online_retail', 'online_retail', 'stg_online_retail__invoice_lines'],
        ['superstore', 'global_superstore', 'stg_superstore__order_lines'],
        ['bank', 'account', 'stg_bank__accounts'],
        ['bank', 'client', 'stg_bank__clients'],
        ['bank', 'disp', 'stg_bank__dispositions'],
        ['bank', 'order', 'stg_bank__permanent_orders'],
        ['bank', 'loan', 'stg_bank__loans'],
        ['bank', 'card', 'stg_bank__cards'],
        ['bank', 'district', 'stg_bank__districts'],
        ['bank', 'trans', 'stg_bank__transactions'],
        ['credit_card', 'cc_general', 'stg_credit_card__card_holders'],
        ['ad_clicks', 'SearchInfo', 'stg_ad_clicks__searches'],
        ['ad_clicks', 'trainSearchStream', 'stg_ad_clicks__impressions'],
        ['custom_orders', 'orders', 'stg_custom__orders'],
        ['custom_interactions', 'interactions', 'stg_custom__interactions'],
    ] -%}
    {%- set active = [] -%}
    {%- for system, table, model in models if is_on(system) -%}
        {%- do active.append([none if system.startswith('custom') else system, table, model]) -%}
    {%- endfor -%}
    {{ return(active) }}
{% endmacro %}
