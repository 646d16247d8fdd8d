-- One row per valid order line of Global Superstore, in the columns of int_order_lines, and what no
-- other source system has.
{{ config(enabled=is_on('superstore'), materialized='view') }}

with order_lines as (
    select * from {{ ref('stg_superstore__order_lines') }}
)

select
    'superstore' as source_system,
    customer_id,
    order_id,
    order_date,
    cast(order_date as timestamp) as ordered_at,
    product_id,
    product_name,
    category,
    'product' as line_type,
    'purchase' as direction,
    cast(quantity as decimal(18, 5)) as quantity,
    {{ ratio('sales_amount', 'quantity') }} as unit_price,
    sales_amount as line_amount,
    cast(null as decimal(18, 5)) as refunded_amount,
    is_duplicate_line,
    country,
    cast(null as {{ dbt.type_string() }}) as channel,
    ship_date,
    ship_mode,
    order_priority,
    discount_rate,
    profit_amount
from order_lines
where rejection_reason is null
