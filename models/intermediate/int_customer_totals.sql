-- One row per customer with dated events: every sum over the customer's days, in one pass. The four
-- customer marts and the scores are selections from it.
{%- set window_days = var('activity_window_days') %}

with customer_days as (
    select
        *,
        gross_amount - returned_amount as net_amount
    from {{ ref('int_customer_days') }}
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
),

aged_days as (
    select
        customer_days.*,
        as_of_dates.as_of_date,
        {{ days_between('customer_days.activity_date', 'as_of_dates.as_of_date') }} as days_ago
    from customer_days
    inner join as_of_dates
        on customer_days.source_system = as_of_dates.source_system
)

select
    source_system,
    customer_id,
    as_of_date,
    min(case when active_day_count > 0 then activity_date end) as first_active_date,
    max(case when active_day_count > 0 then activity_date end) as last_active_date,
    min(case when purchase_day_count > 0 then activity_date end) as first_purchase_date,
    max(case when purchase_day_count > 0 then activity_date end) as last_purchase_date,
    max(case when session_count > 0 or interaction_count > 0 then activity_date end)
        as last_interaction_date,
    max(case when click_count > 0 then activity_date end) as last_click_date,
    cast(sum(active_day_count) as bigint) as active_day_count,
    cast(sum(purchase_day_count) as bigint) as purchase_day_count,
    cast(sum(order_count) as bigint) as order_count,
    cast(sum(purchase_line_count) as bigint) as purchase_line_count,
    cast(sum(return_count) as bigint) as return_count,
    cast(sum(distinct_product_count) as bigint) as distinct_product_count,
    cast(sum(interaction_count) as bigint) as interaction_count,
    cast(sum(session_count) as bigint) as session_count,
    cast(sum(impression_count) as bigint) as impression_count,
    cast(sum(click_count) as bigint) as click_count,
    cast(sum(distinct_item_count) as bigint) as distinct_item_count,
    cast(sum(gross_amount) as decimal(38, 5)) as gross_amount,
    cast(sum(returned_amount) as decimal(38, 5)) as returned_amount,
    cast(sum(product_returned_amount) as decimal(38, 5)) as product_returned_amount,
    cast(sum(net_amount) as decimal(38, 5)) as net_amount,
    cast(sum(inflow_amount) as decimal(38, 5)) as inflow_amount,
    cast(sum(outflow_amount) as decimal(38, 5)) as outflow_amount,
    cast({{ sum_of_last_days('active_day_count', 30) }} as bigint) as active_days_30d,
    cast({{ sum_of_last_days('active_day_count', 90) }} as bigint) as active_days_90d,
    cast({{ sum_of_last_days('order_count', 365) }} as bigint) as order_count_365d,
    cast({{ sum_of_last_days('net_amount', 365) }} as decimal(38, 5)) as net_amount_365d,
    -- The same measures over var activity_window_days, for whatever scores or fits.
    cast({{ sum_of_last_days('order_count', window_days) }} as bigint) as order_count_in_window,
    cast({{ sum_of_last_days('interaction_count', window_days) }} as bigint)
        as interaction_count_in_window,
    cast({{ sum_of_last_days('session_count', window_days) }} as bigint)
        as session_count_in_window,
    cast({{ sum_of_last_days(var('monetary_measure'), window_days) }} as decimal(38, 5))
        as monetary_amount_in_window
from aged_days
group by source_system, customer_id, as_of_date
