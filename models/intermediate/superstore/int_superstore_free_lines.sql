-- One row per line without a price that names a customer: rejected, but proof that the customer
-- exists.
{{ config(enabled=is_on('superstore'), materialized='view') }}

select
    'superstore' as source_system,
    customer_id,
    order_date
from {{ ref('stg_superstore__order_lines') }}
where rejection_reason = 'no_price' and customer_id is not null
