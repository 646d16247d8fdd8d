-- One row per customer and grid: the cell of a published recency-frequency(-monetary) grid.
-- A grid that needs a monetary score has no rows for a source system without money.
with customer_scores as (
    select * from {{ ref('customer_scores') }}
),

grid_cells as (
    select * from {{ ref('int_grid_cells') }}
),

grids as (
    select distinct
        grid,
        needs_money
    from grid_cells
),

systems_with_money as (
    select
        source_system,
        max(case when monetary_score is not null then 1 else 0 end) = 1 as has_money
    from customer_scores
    group by source_system
)

select
    customer_scores.source_system,
    customer_scores.customer_id,
    customer_scores.as_of_date,
    grids.grid,
    coalesce(grid_cells.segment_name, 'Not Segmented') as segment_name
from customer_scores
inner join systems_with_money
    on customer_scores.source_system = systems_with_money.source_system
inner join grids
    on systems_with_money.has_money or not grids.needs_money
left join grid_cells
    on
        grids.grid = grid_cells.grid
        and customer_scores.recency_score = grid_cells.recency_score
        and customer_scores.frequency_score = grid_cells.frequency_score
        and coalesce(customer_scores.monetary_score, 0) = coalesce(grid_cells.monetary_score, 0)
