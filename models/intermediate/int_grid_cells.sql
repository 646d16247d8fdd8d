-- One row per grid and combination of scores: the cell that the first matching rule names. Without a
-- monetary score only in grids that need none.
with grid_rules as (
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
    {%- else %}
    select
        cast(null as {{ dbt.type_string() }}) as grid,
        cast(null as integer) as priority,
        cast(null as {{ dbt.type_string() }}) as segment_name,
        cast(null as integer) as recency_from,
        cast(null as integer) as recency_to,
        cast(null as integer) as frequency_from,
        cast(null as integer) as frequency_to,
        cast(null as integer) as monetary_from,
        cast(null as integer) as monetary_to
    where 1 = 0
    {%- endfor %}
),

grids as (
    select
        grid,
        max(case when monetary_from is not null then 1 else 0 end) as needs_money
    from grid_rules
    group by grid
),

scores as (
    {%- for score in range(1, 6) %}
    select {{ score }} as score
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

monetary_scores as (
    select score from scores
    union all
    select cast(null as integer) as score
),

score_combinations as (
    select
        grids.grid,
        grids.needs_money,
        recency.score as recency_score,
        frequency.score as frequency_score,
        monetary_scores.score as monetary_score
    from grids
    cross join scores as recency
    cross join scores as frequency
    cross join monetary_scores
    where grids.needs_money = 0 or monetary_scores.score is not null
),

matches as (
    select
        score_combinations.grid,
        score_combinations.needs_money,
        score_combinations.recency_score,
        score_combinations.frequency_score,
        score_combinations.monetary_score,
        min(grid_rules.priority) as priority
    from score_combinations
    left join grid_rules
        on
            score_combinations.grid = grid_rules.grid
            and score_combinations.recency_score
            between grid_rules.recency_from and grid_rules.recency_to
            and score_combinations.frequency_score
            between grid_rules.frequency_from and grid_rules.frequency_to
            and (
                grid_rules.monetary_from is null
                or score_combinations.monetary_score
                between grid_rules.monetary_from and grid_rules.monetary_to
            )
    group by
        score_combinations.grid,
        score_combinations.needs_money,
        score_combinations.recency_score,
        score_combinations.frequency_score,
        score_combinations.monetary_score
)

select
    matches.grid,
    matches.needs_money = 1 as needs_money,
    matches.recency_score,
    matches.frequency_score,
    matches.monetary_score,
    -- One number for the three scores; without a monetary score it ends in 0.
    100 * matches.recency_score + 10 * matches.frequency_score + coalesce(matches.monetary_score, 0)
        as score_code,
    coalesce(grid_rules.segment_name, 'Others') as segment_name
from matches
left join grid_rules
    on
        matches.grid = grid_rules.grid
        and matches.priority = grid_rules.priority
