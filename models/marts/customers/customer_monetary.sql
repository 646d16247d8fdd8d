-- One row per customer with dated events: what they spend, and what comes back.
with customer_totals as (
    select * from {{ ref('int_customer_totals') }}
)

select
    source_system,
    customer_id,
    as_of_date,
    gross_amount,
    returned_amount,
    product_returned_amount,
    net_amount,
    net_amount_365d,
    {{ ratio('gross_amount', 'order_count') }} as mean_order_amount,
    return_count,
    {{ ratio('returned_amount', 'gross_amount', 'decimal(38, 5)') }} as return_rate,
    inflow_amount,
    outflow_amount
from customer_totals
