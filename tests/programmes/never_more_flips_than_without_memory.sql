-- Fails with each customer whom the rule lets in and out more often than its threshold alone would.
with programme_memberships as (
    select * from {{ ref('programme_memberships') }}
),

-- Nobody is a member before their first month end.
compared as (
    select
        programme,
        source_system,
        customer_id,
        is_member
        <> coalesce(
            lag(is_member) over (
                partition by programme, source_system, customer_id order by as_of_date
            ),
            false
        ) as is_flip,
        is_member_without_memory
        <> coalesce(
            lag(is_member_without_memory) over (
                partition by programme, source_system, customer_id order by as_of_date
            ),
            false
        ) as is_flip_without_memory
    from programme_memberships
)

select
    programme,
    source_system,
    customer_id,
    count(*) filter (where is_flip) as flips,
    count(*) filter (where is_flip_without_memory) as flips_without_memory
from compared
group by programme, source_system, customer_id
having count(*) filter (where is_flip) > count(*) filter (where is_flip_without_memory)
