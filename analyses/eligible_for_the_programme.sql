-- Who is eligible for the loyalty programme? Its members, best first; `confidence` near 0 is a
-- customer who is about to leave, or has only just come in.
with members as (
    select * from {{ ref('customer_segments') }}
    where segmentation = 'insiders' and segment_name like 'Insiders%'
),

customers as (
    select * from {{ ref('customers') }}
)

select
    members.source_system,
    members.customer_id,
    members.segment_name,
    customers.country,
    customers.recency_days,
    customers.order_count,
    customers.net_amount,
    round(
        cast(customers.net_amount as double) / sum(customers.net_amount) over (), 4
    ) as share_of_members_revenue,
    round(members.confidence, 2) as confidence
from members
inner join customers
    on
        members.source_system = customers.source_system
        and members.customer_id = customers.customer_id
order by customers.net_amount desc, members.customer_id asc
