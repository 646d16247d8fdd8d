-- One row per customer and segmentation: the segment they are in, still without its name. Segment 0
-- is noise: whoever was left out, having returned everything, and whoever is in no cluster.
with features_rfm as (
    select * from {{ ref('features_rfm') }}
),

segment_assignments as (
    select * from {{ ref('segment_assignments') }}
),

segmentation_models as (
    select * from {{ ref('segmentation_models') }}
),

memberships as (
    select
        segmentation,
        behaviour,
        source_system,
        customer_id,
        as_of_date,
        segment_id,
        distance,
        second_distance,
        is_noise
    from segment_assignments
    union all
    select
        'rfm_kmeans' as segmentation,
        'orders' as behaviour,
        source_system,
        customer_id,
        as_of_date,
        0 as segment_id,
        null as distance,
        null as second_distance,
        true as is_noise
    from features_rfm
    where not is_in_fit
)

select
    memberships.segmentation,
    memberships.behaviour,
    memberships.source_system,
    memberships.customer_id,
    memberships.as_of_date,
    segmentation_models.model_id,
    memberships.segment_id,
    memberships.distance,
    memberships.second_distance,
    memberships.is_noise
from memberships
left join segmentation_models
    on
        memberships.segmentation = segmentation_models.segmentation
        and memberships.source_system = segmentation_models.source_system
