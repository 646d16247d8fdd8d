-- Does the programme hold those whom the segmentation calls Insiders? Members and who is one step
-- away, by segment.
with programme_outlook as (
    select * from {{ ref('programme_outlook') }}
    where programme = 'insiders'
),

customer_segments as (
    select * from {{ ref('customer_segments') }}
    where segmentation = 'insiders'
),

customers as (
    select * from {{ ref('customers') }}
)

select
    coalesce(customer_segments.segment_name, 'outside the segmentation') as segment_name,
    count(*) as customers,
    count(*) filter (where programme_outlook.is_member) as members,
    count(*) filter (where programme_outlook.is_one_step_away) as one_step_away,
    sum(customers.net_amount) as net_amount,
    sum(customers.net_amount) filter (where programme_outlook.is_member) as members_net_amount
from programme_outlook
inner join customers
    on
        programme_outlook.source_system = customers.source_system
        and programme_outlook.customer_id = customers.customer_id
left join customer_segments
    on
        programme_outlook.source_system = customer_segments.source_system
        and programme_outlook.customer_id = customer_segments.customer_id
group by coalesce(customer_segments.segment_name, 'outside the segmentation')
order by members desc, segment_name asc
