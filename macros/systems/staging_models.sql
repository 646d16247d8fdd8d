{% macro staging_models() %}
    {#- Staging model of every raw table of the systems that are on: {system: {table: model}}. -#}
    {%- set models = {
        'online_retail': {'online_retail': 'stg_online_retail__invoice_lines'},
        'superstore': {'global_superstore': 'stg_superstore__order_lines'},
        'bank': {
            'account': 'stg_bank__accounts',
            'client': 'stg_bank__clients',
            'disp': 'stg_bank__dispositions',
            'order': 'stg_bank__permanent_orders',
            'loan': 'stg_bank__loans',
            'card': 'stg_bank__cards',
            'district': 'stg_bank__districts',
            'trans': 'stg_bank__transactions',
        },
        'credit_card': {'cc_general': 'stg_credit_card__card_holders'},
        'ad_clicks': {
            'SearchInfo': 'stg_ad_clicks__searches',
            'trainSearchStream': 'stg_ad_clicks__impressions',
        },
    } -%}
    {%- set enabled = {} -%}
    {%- for system in source_systems() -%}
        {%- do enabled.update({system: models[system]}) -%}
    {%- endfor -%}
    {{ return(enabled) }}
{% endmacro %}
