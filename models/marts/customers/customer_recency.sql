-- One row per customer with dated events: when they were first and last seen.
with customer_totals as (
    select * from {{ ref('int_customer_totals') }}
)

select
    source_system,
    customer_id,
    as_of_date,
    first_active_date,
    last_active_date,
    first_purchase_date,
    last_purchase_date,
    -- A source system without orders (ad_clicks) measures recency from the last activity.
    case
        when order_count is null
            then {{ days_between('last_active_date', 'as_of_date') }}
        else {{ days_between('last_purchase_date', 'as_of_date') }}
    end as recency_days,
    {{ days_between('first_active_date', 'as_of_date') }} as tenure_days,
    last_interaction_date,
    {{ days_between('last_interaction_date', 'as_of_date') }} as interaction_recency_days,
    last_click_date,
    {{ days_between('last_click_date', 'as_of_date') }} as click_recency_days
from customer_totals
