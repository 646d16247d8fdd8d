-- One row per customer and grid: the cell of a published recency-frequency(-monetary) grid.
-- A grid that needs a monetary score has no rows for a source system without money.
with customer_scores as (
    select * from {{ ref('customer_scores') }}
),

grid_rules as (
    {%- for grid in var('grids') %}
    select
        '{{ grid }}' as grid,
        priority,
        segment_name,
        recency_from,
        recency_to,
        frequency_from,
        frequency_to,
        monetary_from,
        monetary_to
    from {{ ref('grid_' ~ grid) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

grids as (
    select
        grid,
        max(case when monetary_from is not null then 1 else 0 end) as needs_money
    from grid_rules
    group by grid
),

-- 125 combinations of scores are matched with the rules, not millions of customers.
score_combinations as (
    select distinct
        recency_score,
        frequency_score,
        monetary_score
    from customer_scores
    where recency_score is not null
),

matches as (
    select
        grids.grid,
        score_combinations.recency_score,
        score_combinations.frequency_score,
        score_combinations.monetary_score,
        min(grid_rules.priority) as priority
    from score_combinations
    cross join grids
    left join grid_rules
        on
            grids.grid = grid_rules.grid
            and score_combinations.recency_score
            between grid_rules.recency_from and grid_rules.recency_to
            and score_combinations.frequency_score
            between grid_rules.frequency_from and grid_rules.frequency_to
            and (
                grid_rules.monetary_from is null
                or score_combinations.monetary_score
                between grid_rules.monetary_from and grid_rules.monetary_to
            )
    where grids.needs_money = 0 or score_combinations.monetary_score is not null
    group by
        grids.grid,
        score_combinations.recency_score,
        score_combinations.frequency_score,
        score_combinations.monetary_score
),

cells as (
    select
        matches.grid,
        matches.recency_score,
        matches.frequency_score,
        matches.monetary_score,
        coalesce(grid_rules.segment_name, 'Others') as segment_name
    from matches
    left join grid_rules
        on
            matches.grid = grid_rules.grid
            and matches.priority = grid_rules.priority
),

systems_with_money as (
    select
        source_system,
        max(case when monetary_score is not null then 1 else 0 end) as has_money
    from customer_scores
    group by source_system
)

select
    customer_scores.source_system,
    customer_scores.customer_id,
    customer_scores.as_of_date,
    grids.grid,
    coalesce(cells.segment_name, 'Not Segmented') as segment_name
from customer_scores
inner join systems_with_money
    on customer_scores.source_system = systems_with_money.source_system
inner join grids
    on systems_with_money.has_money >= grids.needs_money
left join cells
    on
        grids.grid = cells.grid
        and customer_scores.recency_score = cells.recency_score
        and customer_scores.frequency_score = cells.frequency_score
        and (
            customer_scores.monetary_score = cells.monetary_score
            or (customer_scores.monetary_score is null and cells.monetary_score is null)
        )
