-- One row per custom source, also one without rows: how many, and its currency. Fails where a
-- source cannot be used as a whole: because none of its rows can, or because its amounts are in
-- several currencies.
{{ config(enabled=is_on('custom'), materialized='table') }}

{%- set facts = {
    'source_system': 'varchar', 'currency': 'varchar', 'rejection_reason': 'varchar',
} %}

with orders as (
    {{ union_systems({'custom_orders': 'stg_custom__orders'}, facts) }}
),

interactions as (
    {{ union_systems(
        {'custom_interactions': 'stg_custom__interactions'},
        facts,
        present={'custom_interactions': ['source_system', 'rejection_reason']},
    ) }}
),

configured as (
    select
        source_system,
        'orders' as source_table
    from ({{ system_names(active_custom_systems('orders')) }}) as sellers
    union all
    select
        source_system,
        'interactions' as source_table
    from ({{ system_names(active_custom_systems('interactions')) }}) as visited
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
        count(*) as row_count
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
        'custom_', summed.source_table, ' of ', summed.source_system, ': none of its ',
        summed.row_count, ' rows can be used (', summed.rejection_reasons, '). Look at raw_row and rejection_reason in ',
        'stg_custom__', summed.source_table, ', and correct the formats: docs/custom_sources.md.'
    )
{%- endset %}
{%- set several_currencies %}
    concat(
        'custom_orders of ', summed.source_system, ' are in ', summed.currency_count,
        ' currencies: ', summed.currencies,
        '. Set only_currency to the one to keep, or map exchange_rate to a column that converts the ',
        'amounts.'
    )
{%- endset %}

select
    configured.source_system,
    configured.source_table,
    coalesce(summed.row_count, 0) as row_count,
    coalesce(summed.usable_row_count, 0) as usable_row_count,
    case
        when summed.row_count > 0 and summed.usable_row_count = 0
            then cast({{ raise_error(no_usable_row) }} as varchar)
        when summed.currency_count > 1
            then cast({{ raise_error(several_currencies) }} as varchar)
        else summed.currency
    end as currency
from configured
left join summed
    on
        configured.source_system = summed.source_system
        and configured.source_table = summed.source_table
