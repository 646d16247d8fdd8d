-- One row per line without a price that names a customer: rejected, but proof that the customer
-- exists.
{{ config(enabled=is_on('custom_orders'), materialized='view') }}

select
    source_system,
    customer_id,
    cast(ordered_at as date) as order_date
from {{ ref('stg_custom__orders') }}
where rejection_reason = 'no_price' and customer_id is not null
