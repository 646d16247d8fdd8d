-- One row per customer and day with an accepted event: the pivot of everything that counts over
-- time. Every number is additive, so a sum over the days before a date is right as of that date. A
-- fact that the source system does not have is null.
{{ config(
    materialized=updated_materialization(),
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    pre_hook="{{ delete_replaced('activity_date') }}",
    post_hook="{{ align_item_counts() }}",
) }}
{%- set columns = {
    'source_system': 'varchar',
    'customer_id': 'varchar',
    'activity_date': 'date',
    'active_day_count': 'integer',
    'purchase_day_count': 'integer',
    'order_count': 'bigint',
    'purchase_line_count': 'bigint',
    'return_count': 'bigint',
    'distinct_product_count': 'bigint',
    'interaction_count': 'bigint',
    'session_count': 'bigint',
    'impression_count': 'bigint',
    'click_count': 'bigint',
    'distinct_item_count': 'bigint',
    'gross_amount': 'decimal(38, 5)',
    'returned_amount': 'decimal(38, 5)',
    'product_returned_amount': 'decimal(38, 5)',
    'inflow_amount': 'decimal(38, 5)',
    'outflow_amount': 'decimal(38, 5)',
    'source_row_count': 'bigint',
} %}

{#- A business with interactions has its orders merged into its interaction days. -#}
{%- set merged = active_custom_systems('interactions') %}

with customer_days as (
    select {{ columns | join(', ') }}
    from {{ ref('int_order_customer_days') }}
    where not {{ custom_in('source_system', merged) }}
    union all
    {{ union_systems(
        {
            'bank': 'int_bank_customer_days',
            'ad_clicks': 'int_ad_clicks_customer_days',
            'custom_interactions': 'int_custom_customer_days',
        },
        columns,
    ) }}
)

select {{ columns | join(', ') }}
from customer_days
where {{ is_replaced('activity_date', 'source_system') }}
