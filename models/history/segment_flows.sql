-- One row per segmentation, month end and way that customers took from one month end to the next:
-- the segment they were in, the one that their new values lead to by the cut-offs (or the model) of
-- the month before, and the one they are in. The first segment is null for who was not there yet.
{%- set before = 'over (partition by source_system, customer_id order by as_of_date)' %}
{%- set before_in_segmentation = 'over (partition by monthly_assignments.segmentation,'
    ~ ' monthly_assignments.source_system, monthly_assignments.customer_id'
    ~ ' order by monthly_assignments.as_of_date)' %}

with monthly_scores as (
    select * from {{ ref('monthly_scores') }}
),

monthly_assignments as (
    select * from {{ ref('monthly_assignments') }}
),

frozen_assignments as (
    select * from {{ ref('frozen_assignments') }}
),

month_ends as (
    select * from {{ ref('month_ends') }}
    where previous_as_of_date is not null
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

-- Combinations of scores are counted before grids are looked at: few rows instead of all customers.
score_steps as (
    select
        source_system,
        as_of_date,
        lag(score_code) {{ before }} as opening_code,
        frozen_score_code as frozen_code,
        score_code as closing_code,
        lag(coalesce(net_amount, 0)) {{ before }} as opening_amount,
        coalesce(net_amount, 0) as closing_amount
    from monthly_scores
),

counted_scores as (
    select
        source_system,
        as_of_date,
        opening_code,
        frozen_code,
        closing_code,
        count(*) as customer_count,
        sum(opening_amount) as opening_amount,
        sum(closing_amount) as closing_amount
    from score_steps
    group by source_system, as_of_date, opening_code, frozen_code, closing_code
),

grid_flows as (
    select
        counted_scores.source_system,
        grids.grid as segmentation,
        counted_scores.as_of_date,
        case
            when counted_scores.opening_code is not null
                then coalesce(opening_cells.segment_name, 'Not Segmented')
        end as from_segment,
        coalesce(frozen_cells.segment_name, 'Not Segmented') as frozen_segment,
        coalesce(closing_cells.segment_name, 'Not Segmented') as to_segment,
        counted_scores.customer_count,
        counted_scores.opening_amount,
        counted_scores.closing_amount
    from counted_scores
    left join score_cutoffs
        on
            counted_scores.source_system = score_cutoffs.source_system
            and counted_scores.as_of_date = score_cutoffs.as_of_date
    inner join grids
        on score_cutoffs.monetary_cutoff_2 is not null or not grids.needs_money
    left join grid_cells as opening_cells
        on
            grids.grid = opening_cells.grid
            and counted_scores.opening_code = opening_cells.score_code
    left join grid_cells as frozen_cells
        on
            grids.grid = frozen_cells.grid
            and counted_scores.frozen_code = frozen_cells.score_code
    left join grid_cells as closing_cells
        on
            grids.grid = closing_cells.grid
            and counted_scores.closing_code = closing_cells.score_code
),

model_steps as (
    select
        monthly_assignments.segmentation,
        monthly_assignments.source_system,
        monthly_assignments.as_of_date,
        lag(monthly_assignments.as_of_date) {{ before_in_segmentation }} as opening_date,
        lag(monthly_assignments.model_id) {{ before_in_segmentation }} as opening_model_id,
        lag(monthly_assignments.segment_id) {{ before_in_segmentation }} as opening_id,
        coalesce(frozen_assignments.model_id, monthly_assignments.model_id) as frozen_model_id,
        case
            when frozen_assignments.model_id is null then monthly_assignments.segment_id
            else frozen_assignments.segment_id
        end as frozen_id,
        monthly_assignments.model_id as closing_model_id,
        monthly_assignments.segment_id as closing_id,
        lag(coalesce(monthly_assignments.net_amount, 0)) {{ before_in_segmentation }}
            as opening_amount,
        coalesce(monthly_assignments.net_amount, 0) as closing_amount
    from monthly_assignments
    left join frozen_assignments
        on
            monthly_assignments.segmentation = frozen_assignments.segmentation
            and monthly_assignments.source_system = frozen_assignments.source_system
            and monthly_assignments.customer_id = frozen_assignments.customer_id
            and monthly_assignments.as_of_date = frozen_assignments.as_of_date
),

counted_segments as (
    select
        segmentation,
        source_system,
        as_of_date,
        opening_date,
        opening_model_id,
        opening_id,
        frozen_model_id,
        frozen_id,
        closing_model_id,
        closing_id,
        count(*) as customer_count,
        sum(opening_amount) as opening_amount,
        sum(closing_amount) as closing_amount
    from model_steps
    group by
        segmentation,
        source_system,
        as_of_date,
        opening_date,
        opening_model_id,
        opening_id,
        frozen_model_id,
        frozen_id,
        closing_model_id,
        closing_id
),

model_flows as (
    select
        counted_segments.source_system,
        counted_segments.segmentation,
        counted_segments.as_of_date,
        case
            when counted_segments.opening_date is not null
                then {{ months_segment_name('counted_segments.opening_id', 'opening_names') }}
        end as from_segment,
        {{ months_segment_name('counted_segments.frozen_id', 'frozen_names') }} as frozen_segment,
        {{ months_segment_name('counted_segments.closing_id', 'closing_names') }} as to_segment,
        counted_segments.customer_count,
        counted_segments.opening_amount,
        counted_segments.closing_amount
    from counted_segments
    left join segment_names as opening_names
        on
            counted_segments.segmentation = opening_names.segmentation
            and counted_segments.source_system = opening_names.source_system
            and counted_segments.opening_model_id = opening_names.model_id
            and counted_segments.opening_id = opening_names.segment_id
    left join segment_names as frozen_names
        on
            counted_segments.segmentation = frozen_names.segmentation
            and counted_segments.source_system = frozen_names.source_system
            and counted_segments.frozen_model_id = frozen_names.model_id
            and counted_segments.frozen_id = frozen_names.segment_id
    left join segment_names as closing_names
        on
            counted_segments.segmentation = closing_names.segmentation
            and counted_segments.source_system = closing_names.source_system
            and counted_segments.closing_model_id = closing_names.model_id
            and counted_segments.closing_id = closing_names.segment_id
),

flows as (
    select * from grid_flows
    union all
    select * from model_flows
),

-- Where the source system has no money, an amount is null and not 0.
systems_with_money as (
    select distinct source_system
    from monthly_scores
    where net_amount is not null
)

select
    flows.source_system,
    flows.segmentation,
    flows.as_of_date,
    flows.from_segment,
    flows.frozen_segment,
    flows.to_segment,
    cast(sum(flows.customer_count) as bigint) as customer_count,
    case
        when systems_with_money.source_system is not null
            then cast(sum(coalesce(flows.opening_amount, 0)) as decimal(38, 5))
    end as opening_amount,
    case
        when systems_with_money.source_system is not null
            then cast(sum(flows.closing_amount) as decimal(38, 5))
    end as closing_amount
from flows
-- The first month end has nothing to be compared with.
inner join month_ends
    on
        flows.source_system = month_ends.source_system
        and flows.as_of_date = month_ends.as_of_date
left join systems_with_money
    on flows.source_system = systems_with_money.source_system
group by
    flows.source_system,
    flows.segmentation,
    flows.as_of_date,
    flows.from_segment,
    flows.frozen_segment,
    flows.to_segment,
    systems_with_money.source_system
