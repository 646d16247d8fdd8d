-- One row per customer with dated events: net amount (ad_clicks: sessions) of the last 90 days and
-- of the 90 days before those.
with customer_days as (
    select
        *,
        coalesce(gross_amount - returned_amount, session_count) as amount
    from {{ ref('int_customer_days') }}
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
),

aged_days as (
    select
        customer_days.source_system,
        customer_days.customer_id,
        customer_days.amount,
        {{ days_between('customer_days.activity_date', 'as_of_dates.as_of_date') }} as days_ago
    from customer_days
    inner join as_of_dates
        on customer_days.source_system = as_of_dates.source_system
)

select
    source_system,
    customer_id,
    sum(case when days_ago <= 90 then amount else 0 end) as amount_90d,
    sum(case when days_ago > 90 and days_ago <= 180 then amount else 0 end) as amount_90d_before
from aged_days
group by source_system, customer_id
