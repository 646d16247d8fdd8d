-- One row per customer with at least one order, of every source system with money: the input of
-- rfm_kmeans. `is_in_fit` leaves out whoever returned everything: nothing is clamped.
with customer_measures as (
    select * from {{ ref('int_customer_measures') }}
    where behaviour = 'orders' and monetary_amount is not null
)

select
    source_system,
    customer_id,
    as_of_date,
    recency_days,
    frequency as order_count,
    monetary_amount,
    monetary_amount > 0 as is_in_fit,
    {%- for feature, expression in kmeans_features('rfm_kmeans').items() %}
    {{ expression }} as {{ feature }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from customer_measures
order by source_system, customer_id
