-- One row per line without a price that names a customer: rejected, but proof that the customer
-- exists.
{{ config(enabled=is_on('online_retail'), materialized='view') }}

select
    'online_retail' as source_system,
    customer_id,
    cast(invoiced_at as date) as order_date
from {{ ref('stg_online_retail__invoice_lines') }}
where rejection_reason = 'no_price' and customer_id is not null
