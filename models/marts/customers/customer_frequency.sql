-- One row per customer with dated events: how often they come.
with customer_totals as (
    select * from {{ ref('int_customer_totals') }}
)

select
    source_system,
    customer_id,
    as_of_date,
    order_count,
    order_count_365d,
    active_day_count,
    purchase_line_count,
    {{ ratio(
        days_between('first_purchase_date', 'last_purchase_date'), 'purchase_day_count - 1'
    ) }} as mean_days_between_orders
from customer_totals
