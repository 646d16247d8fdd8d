-- One row per customer and segmentation by k-means: since when the customer has been in the segment
-- of today, at month ends and at the as-of date, and which one they were in before. By name, as
-- moves are: a segment that keeps its id over a refit can be called otherwise.
with customer_segments_monthly as (
    select * from {{ ref('customer_segments_monthly') }}
),

segment_memberships as (
    select * from {{ ref('segment_memberships') }}
    where
        segmentation in (
            {%- for segmentation in kmeans_features() %}
            '{{ segmentation }}'
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        )
),

segment_names as (
    select * from {{ ref('segment_names') }}
),

month_ends as (
    select * from {{ ref('month_ends') }}
),

-- Where no month has closed yet there is no history to speak of.
histories as (
    select distinct month_ends.source_system
    from month_ends
    inner join segment_memberships
        on
            month_ends.source_system = segment_memberships.source_system
            and month_ends.as_of_date < segment_memberships.as_of_date
),

current_segments as (
    select
        segment_memberships.segmentation,
        segment_memberships.source_system,
        segment_memberships.customer_id,
        segment_memberships.as_of_date,
        segment_names.segment_name
    from segment_memberships
    inner join histories
        on segment_memberships.source_system = histories.source_system
    inner join segment_names
        on
            segment_memberships.segmentation = segment_names.segmentation
            and segment_memberships.source_system = segment_names.source_system
            and segment_memberships.segment_id = segment_names.segment_id
),

compared as (
    select
        current_segments.segmentation,
        current_segments.source_system,
        current_segments.customer_id,
        current_segments.as_of_date,
        past_segments.as_of_date as past_date,
        past_segments.segment_name as past_name,
        past_segments.segment_name <> current_segments.segment_name as is_elsewhere
    from current_segments
    left join customer_segments_monthly as past_segments
        on
            current_segments.segmentation = past_segments.segmentation
            and current_segments.source_system = past_segments.source_system
            and current_segments.customer_id = past_segments.customer_id
            and current_segments.as_of_date > past_segments.as_of_date
),

stays as (
    select
        segmentation,
        source_system,
        customer_id,
        as_of_date,
        min(past_date) as first_date,
        max(case when is_elsewhere then past_date end) as last_date_elsewhere,
        max_by(case when is_elsewhere then past_name end, case when is_elsewhere then past_date end)
            as previous_segment_name
    from compared
    group by segmentation, source_system, customer_id, as_of_date
)

select
    segmentation,
    source_system,
    customer_id,
    -- The month ends follow one another; after the last one comes the as-of date.
    case
        when last_date_elsewhere is not null
            then least(cast(last_date_elsewhere + interval 1 month as date), as_of_date)
        else coalesce(first_date, as_of_date)
    end as segment_since,
    previous_segment_name
from stays
