-- One row per refit and event of a segment: which segments are those of the model before, which are
-- new, which are no more, and the counts that decided. Models of dates after the as-of date are
-- left out.
with kept_segment_events as (
    select * from {{ ref('kept_segment_events') }}
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
)

select
    kept_segment_events.source_system,
    kept_segment_events.segmentation,
    kept_segment_events.fitted_as_of,
    kept_segment_events.model_id,
    kept_segment_events.previous_model_id,
    kept_segment_events.event,
    kept_segment_events.segment_id,
    kept_segment_events.segment_name,
    kept_segment_events.previous_segment_id,
    kept_segment_events.previous_segment_name,
    kept_segment_events.customer_count,
    kept_segment_events.previous_customer_count,
    kept_segment_events.common_count,
    {{ ratio(
        'kept_segment_events.common_count',
        'kept_segment_events.previous_customer_count',
        'decimal(18, 6)',
    ) }} as share_of_previous,
    {{ ratio(
        'kept_segment_events.common_count', 'kept_segment_events.customer_count', 'decimal(18, 6)'
    ) }} as share_of_new,
    kept_segment_events.centroid_distance
from kept_segment_events
inner join as_of_dates
    on
        kept_segment_events.source_system = as_of_dates.source_system
        and kept_segment_events.fitted_as_of <= as_of_dates.as_of_date
