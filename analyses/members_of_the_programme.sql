-- How many members does the programme have at each month end, who came and who went, and how often
-- would the threshold alone have let the same customers in and out? `revenue_share` is the members'
-- share of what the customers known by then have spent until today.
with programme_memberships as (
    select * from {{ ref('programme_memberships') }}
),

customers as (
    select * from {{ ref('customers') }}
),

-- Who was not there the month before was no member.
compared as (
    select
        *,
        coalesce(
            lag(is_member) over (
                partition by programme, source_system, customer_id order by as_of_date
            ),
            false
        ) as was_member,
        coalesce(
            lag(is_member_without_memory) over (
                partition by programme, source_system, customer_id order by as_of_date
            ),
            false
        ) as was_member_without_memory
    from programme_memberships
)

select
    compared.programme,
    compared.source_system,
    compared.as_of_date,
    count(*) filter (where compared.is_member) as members,
    count(*) filter (where compared.is_member and not compared.was_member) as entered,
    count(*) filter (where not compared.is_member and compared.was_member) as dropped_out,
    count(*) filter (where compared.is_member_without_memory) as members_without_memory,
    count(*) filter (where compared.is_member <> compared.was_member) as flips,
    count(*) filter (
        where compared.is_member_without_memory <> compared.was_member_without_memory
    ) as flips_without_memory,
    round(
        cast(sum(customers.net_amount) filter (where compared.is_member) as double)
        / nullif(cast(sum(customers.net_amount) as double), 0),
        4
    ) as revenue_share
from compared
inner join customers
    on
        compared.source_system = customers.source_system
        and compared.customer_id = customers.customer_id
group by compared.programme, compared.source_system, compared.as_of_date
order by compared.programme asc, compared.source_system asc, compared.as_of_date asc
