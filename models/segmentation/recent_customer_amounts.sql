-- One row per customer with dated events and behaviour: net amount (interactions: sessions) of the
-- last 90 days and of the 90 days before those.
with customer_days as (
    select * from {{ ref('int_customer_days') }}
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
),

amounts as (
    select
        source_system,
        customer_id,
        activity_date,
        'orders' as behaviour,
        gross_amount - returned_amount as amount
    from customer_days
    where order_count is not null
    union all
    select
        source_system,
        customer_id,
        activity_date,
        'interactions' as behaviour,
        session_count as amount
    from customer_days
    where session_count is not null
),

aged_amounts as (
    select
        amounts.source_system,
        amounts.customer_id,
        amounts.behaviour,
        amounts.amount,
        {{ days_between('amounts.activity_date', 'as_of_dates.as_of_date') }} as days_ago
    from amounts
    inner join as_of_dates
        on amounts.source_system = as_of_dates.source_system
)

select
    source_system,
    customer_id,
    behaviour,
    sum(case when days_ago <= 90 then amount else 0 end) as amount_90d,
    sum(case when days_ago > 90 and days_ago <= 180 then amount else 0 end) as amount_90d_before
from aged_amounts
group by source_system, customer_id, behaviour
