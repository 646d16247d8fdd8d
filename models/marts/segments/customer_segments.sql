-- One row per customer and segmentation: the segment the customer is in, and how surely.
with segment_memberships as (
    select * from {{ ref('segment_memberships') }}
),

segment_names as (
    select * from {{ ref('segment_names') }}
),

segment_stays as (
    select * from {{ ref('segment_stays') }}
)

select
    segment_memberships.segmentation,
    segment_memberships.source_system,
    segment_memberships.customer_id,
    segment_memberships.as_of_date,
    segment_memberships.model_id,
    segment_memberships.segment_id,
    segment_names.segment_name,
    segment_memberships.distance,
    segment_memberships.second_distance,
    -- A tree can lead past the nearest centroid.
    case
        when segment_memberships.second_distance > 0
            then greatest(0, 1 - segment_memberships.distance / segment_memberships.second_distance)
    end as confidence,
    segment_memberships.is_noise,
    segment_stays.segment_since,
    segment_stays.previous_segment_name
from segment_memberships
inner join segment_names
    on
        segment_memberships.segmentation = segment_names.segmentation
        and segment_memberships.source_system = segment_names.source_system
        and segment_memberships.segment_id = segment_names.segment_id
left join segment_stays
    on
        segment_memberships.segmentation = segment_stays.segmentation
        and segment_memberships.source_system = segment_stays.source_system
        and segment_memberships.customer_id = segment_stays.customer_id
