-- One row per source system and behaviour: the median number of days between two days on which a
-- customer did it, the yardstick of what "long ago" means there.
with customer_days as (
    select * from {{ ref('int_customer_days') }}
),

active_days as (
    select
        source_system,
        customer_id,
        activity_date,
        'orders' as behaviour
    from customer_days
    where purchase_day_count > 0
    union all
    select
        source_system,
        customer_id,
        activity_date,
        'interactions' as behaviour
    from customer_days
    where session_count > 0 or interaction_count > 0
),

gaps as (
    select
        source_system,
        behaviour,
        activity_date - lag(activity_date) over (
            partition by source_system, behaviour, customer_id order by activity_date
        ) as gap_days
    from active_days
)

select
    source_system,
    behaviour,
    median(gap_days) as median_gap_days
from gaps
group by source_system, behaviour
