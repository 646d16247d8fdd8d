-- One row per custom source: its rows, its currency, and which optional facts it has. Fails where a
-- source cannot be used as a whole: because none of its rows can, or because its amounts are in
-- several currencies.
{{ config(enabled=is_on('custom'), materialized='table') }}

{%- set facts = {
    'source_system': 'varchar',
    'currency': 'varchar',
    'item': 'varchar',
    'is_click': 'boolean',
    'is_impression': 'boolean',
    'rejection_reason': 'varchar',
} %}
{%- set facts_of_orders = ['source_system', 'currency', 'rejection_reason'] %}
{%- set facts_of_interactions = [
    'source_system', 'item', 'is_click', 'is_impression', 'rejection_reason',
] %}

with orders as (
    {{ union_systems(
        {'custom_orders': 'stg_custom__orders'}, facts, present={'custom_orders': facts_of_orders}
    ) }}
),

interactions as (
    {{ union_systems(
        {'custom_interactions': 'stg_custom__interactions'},
        facts,
        present={'custom_interactions': facts_of_interactions},
    ) }}
),

staged as (
    select
        'orders' as source_table,
        *
    from orders
    union all
    select
        'interactions' as source_table,
        *
    from interactions
),

reasons as (
    select
        source_system,
        source_table,
        rejection_reason,
        case when rejection_reason is null then currency end as usable_currency,
        count(*) as row_count,
        count(item) as item_count,
        count(is_click) as click_flag_count,
        count(is_impression) as impression_flag_count
    from staged
    group by source_system, source_table, rejection_reason, usable_currency
),

summed as (
    select
        source_system,
        source_table,
        cast(sum(row_count) as bigint) as row_count,
        cast(sum(case when rejection_reason is null then row_count else 0 end) as bigint)
            as usable_row_count,
        sum(item_count) > 0 as has_items,
        sum(click_flag_count) > 0 as has_clicks,
        sum(impression_flag_count) > 0 as has_impressions,
        count(distinct usable_currency) as currency_count,
        min(usable_currency) as currency,
        {{ dbt.listagg('distinct rejection_reason', "', '", 'order by rejection_reason') }}
            as rejection_reasons,
        {{ dbt.listagg('distinct usable_currency', "', '", 'order by usable_currency') }}
            as currencies
    from reasons
    group by source_system, source_table
)

{#- What makes a whole source unusable is said where it stops the build. -#}
{%- set no_usable_row %}
    concat(
        'custom_', source_table, ' of ', source_system, ': none of its ', row_count,
        ' rows can be used (', rejection_reasons, '). Look at raw_row and rejection_reason in ',
        'stg_custom__', source_table, ', and correct the formats: docs/custom_sources.md.'
    )
{%- endset %}
{%- set several_currencies %}
    concat(
        'custom_orders of ', source_system, ' are in ', currency_count, ' currencies: ', currencies,
        '. Set only_currency to the one to keep, or map exchange_rate to a column that converts the ',
        'amounts.'
    )
{%- endset %}

select
    source_system,
    source_table,
    row_count,
    usable_row_count,
    has_items,
    has_clicks,
    has_impressions,
    case
        when row_count > 0 and usable_row_count = 0
            then cast({{ raise_error(no_usable_row) }} as varchar)
        when currency_count > 1
            then cast({{ raise_error(several_currencies) }} as varchar)
        else currency
    end as currency
from summed
