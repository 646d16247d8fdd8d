-- One row per source system: the median number of days between two active days of a customer, the
-- yardstick of what "long ago" means there.
with customer_days as (
    select * from {{ ref('int_customer_days') }}
    where active_day_count > 0
),

gaps as (
    select
        source_system,
        activity_date - lag(activity_date) over (
            partition by source_system, customer_id order by activity_date
        ) as gap_days
    from customer_days
)

select
    source_system,
    median(gap_days) as median_gap_days
from gaps
group by source_system
