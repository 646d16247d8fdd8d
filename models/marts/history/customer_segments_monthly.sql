-- One row per customer, segmentation (grids included) and month end: the segment by the cut-offs of
-- that month, or by the model in force then.
with monthly_scores as (
    select * from {{ ref('monthly_scores') }}
),

monthly_assignments as (
    select * from {{ ref('monthly_assignments') }}
),

models_in_force as (
    select * from {{ ref('models_in_force') }}
),

month_ends as (
    select * from {{ ref('month_ends') }}
),

score_cutoffs as (
    select * from {{ ref('score_cutoffs') }}
),

grid_cells as (
    select * from {{ ref('int_grid_cells') }}
),

segment_names as (
    select distinct
        segmentation,
        source_system,
        model_id,
        segment_id,
        segment_name
    from {{ ref('kept_centroids') }}
),

grids as (
    select distinct
        grid,
        needs_money
    from grid_cells
),

-- A grid that needs a monetary score has no rows where nobody has one.
grid_months as (
    select
        month_ends.source_system,
        month_ends.as_of_date,
        grids.grid
    from month_ends
    left join score_cutoffs
        on
            month_ends.source_system = score_cutoffs.source_system
            and month_ends.as_of_date = score_cutoffs.as_of_date
    inner join grids
        on score_cutoffs.monetary_cutoff_2 is not null or not grids.needs_money
)

select
    monthly_scores.source_system,
    monthly_scores.customer_id,
    grid_months.grid as segmentation,
    monthly_scores.as_of_date,
    cast(null as bigint) as segment_id,
    coalesce(grid_cells.segment_name, 'Not Segmented') as segment_name,
    cast(null as varchar) as model_id,
    cast(null as date) as fitted_as_of,
    false as is_backcast
from monthly_scores
inner join grid_months
    on
        monthly_scores.source_system = grid_months.source_system
        and monthly_scores.as_of_date = grid_months.as_of_date
left join grid_cells
    on
        grid_months.grid = grid_cells.grid
        and monthly_scores.score_code = grid_cells.score_code
union all
select
    monthly_assignments.source_system,
    monthly_assignments.customer_id,
    monthly_assignments.segmentation,
    monthly_assignments.as_of_date,
    monthly_assignments.segment_id,
    {{ months_segment_name('monthly_assignments.segment_id', 'segment_names') }} as segment_name,
    monthly_assignments.model_id,
    models_in_force.fitted_as_of,
    models_in_force.is_backcast
from monthly_assignments
inner join models_in_force
    on
        monthly_assignments.segmentation = models_in_force.segmentation
        and monthly_assignments.source_system = models_in_force.source_system
        and monthly_assignments.as_of_date = models_in_force.as_of_date
left join segment_names
    on
        monthly_assignments.segmentation = segment_names.segmentation
        and monthly_assignments.source_system = segment_names.source_system
        and monthly_assignments.model_id = segment_names.model_id
        and monthly_assignments.segment_id = segment_names.segment_id
