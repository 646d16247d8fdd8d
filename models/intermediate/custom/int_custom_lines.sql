-- One row per valid order line of the custom sources, guests included, in the columns of
-- int_order_lines.
{{ config(enabled=is_on('custom_orders'), materialized='view') }}

with orders as (
    select * from {{ ref('stg_custom__orders') }}
),

-- Only sources that can be used as a whole.
sources as (
    select * from {{ ref('int_custom_sources') }}
    where source_table = 'orders'
)

select
    orders.source_system,
    orders.customer_id,
    orders.order_id,
    cast(orders.ordered_at as date) as order_date,
    orders.ordered_at,
    orders.product_id,
    orders.product_name,
    orders.category,
    'product' as line_type,
    case when orders.line_amount < 0 then 'return' else 'purchase' end as direction,
    orders.quantity,
    orders.unit_price,
    orders.line_amount,
    orders.refunded_amount,
    orders.is_duplicate_line,
    orders.country,
    orders.channel,
    cast(null as date) as ship_date
from orders
inner join sources
    on orders.source_system = sources.source_system
where orders.rejection_reason is null
