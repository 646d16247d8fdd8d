-- One row per valid order line before the as-of date, guests (no customer) included, of every
-- source system that sells.
{{ config(
    materialized=updated_materialization(),
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    pre_hook="{{ delete_replaced('order_date') }}",
) }}

with order_lines as (
    {{ union_systems(
        {
            'online_retail': 'int_online_retail_lines',
            'superstore': 'int_superstore_lines',
            'custom_orders': 'int_custom_lines',
        },
        {
            'source_system': 'varchar',
            'customer_id': 'varchar',
            'order_id': 'varchar',
            'order_date': 'date',
            'ordered_at': 'timestamp',
            'product_id': 'varchar',
            'product_name': 'varchar',
            'category': 'varchar',
            'line_type': 'varchar',
            'direction': 'varchar',
            'quantity': 'decimal(18, 5)',
            'unit_price': 'decimal(18, 5)',
            'line_amount': 'decimal(18, 5)',
            'refunded_amount': 'decimal(18, 5)',
            'is_duplicate_line': 'boolean',
            'country': 'varchar',
            'channel': 'varchar',
            'ship_date': 'date',
        },
    ) }}
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
)

select
    order_lines.source_system,
    order_lines.customer_id,
    order_lines.order_id,
    order_lines.order_date,
    order_lines.ordered_at,
    order_lines.product_id,
    order_lines.product_name,
    order_lines.category,
    order_lines.line_type,
    order_lines.direction,
    order_lines.quantity,
    order_lines.unit_price,
    order_lines.line_amount,
    order_lines.refunded_amount,
    order_lines.is_duplicate_line,
    order_lines.country,
    order_lines.channel,
    -- A fact of a later date is not known yet.
    case
        when order_lines.ship_date < as_of_dates.as_of_date then order_lines.ship_date
    end as ship_date
from order_lines
inner join as_of_dates
    on order_lines.source_system = as_of_dates.source_system
where
    order_lines.order_date < as_of_dates.as_of_date
    and {{ is_replaced('order_lines.order_date', 'order_lines.source_system') }}
