-- One row per customer who can be scored (at least one order; ad_clicks: one search): the recency,
-- frequency, monetary and engagement that every score and every fit uses, and by which settings.
{%- set window_days = var('activity_window_days') %}

with customer_totals as (
    select * from {{ ref('int_customer_totals') }}
)

select
    source_system,
    customer_id,
    as_of_date,
    {{ days_between('coalesce(last_purchase_date, last_active_date)', 'as_of_date') }}
        as recency_days,
    coalesce(order_count_in_window, click_count_in_window) as frequency,
    monetary_amount_in_window as monetary_amount,
    coalesce(session_count_in_window, active_days_90d) as engagement,
    case when monetary_amount_in_window is not null then '{{ var("monetary_measure") }}' end
        as monetary_measure,
    cast({{ window_days if window_days is not none else 'null' }} as integer)
        as activity_window_days
from customer_totals
where order_count > 0 or session_count > 0
