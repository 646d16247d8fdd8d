-- One row per customer and grid that applies: no scored customer is without a segment.
with customer_scores as (
    select * from {{ ref('customer_scores') }}
),

customer_grid_segments as (
    select * from {{ ref('customer_grid_segments') }}
)

select
    customer_grid_segments.grid,
    customer_scores.source_system,
    count(*) as customer_count
from customer_grid_segments
inner join customer_scores
    on
        customer_grid_segments.source_system = customer_scores.source_system
        and customer_grid_segments.customer_id = customer_scores.customer_id
group by customer_grid_segments.grid, customer_scores.source_system
having
    count(*) <> (
        select count(*) from {{ ref('customer_scores') }} as scores
        where scores.source_system = customer_scores.source_system
    )
    or count(case when customer_grid_segments.segment_name = 'Not Segmented' then 1 end)
    <> count(case when customer_scores.recency_score is null then 1 end)
