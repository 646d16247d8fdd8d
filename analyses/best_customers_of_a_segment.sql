-- Who are the ten best customers of each segment, and how surely are they in it?
with customer_segments as (
    select * from {{ ref('customer_segments') }}
    where segmentation = 'rfm_kmeans' and not is_noise
),

customers as (
    select * from {{ ref('customers') }}
),

ranked as (
    select
        customer_segments.source_system,
        customer_segments.segment_name,
        customer_segments.customer_id,
        customers.net_amount,
        customers.order_count,
        customers.recency_days,
        round(customer_segments.confidence, 2) as confidence,
        row_number() over (
            partition by customer_segments.source_system, customer_segments.segment_name
            order by customers.net_amount desc, customer_segments.customer_id asc
        ) as place
    from customer_segments
    inner join customers
        on
            customer_segments.source_system = customers.source_system
            and customer_segments.customer_id = customers.customer_id
)

select *
from ranked
where place <= 10
order by source_system, segment_name, place
