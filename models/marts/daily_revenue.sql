-- One row per source system with money and day with an event: what was bought and returned.
with customer_days as (
    select * from {{ ref('int_customer_days') }}
    where gross_amount is not null
)

select
    source_system,
    activity_date as revenue_date,
    count(distinct customer_id) as active_customer_count,
    cast(sum(gross_amount) as decimal(38, 5)) as gross_revenue,
    cast(sum(returned_amount) as decimal(38, 5)) as returned_revenue,
    cast(sum(gross_amount - returned_amount) as decimal(38, 5)) as net_revenue
from customer_days
where active_day_count > 0
group by source_system, activity_date
