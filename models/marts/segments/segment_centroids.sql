-- One row per segmentation, source system, segment and feature: all that SQL needs to assign a
-- customer. Standardise with mean and scale; the segment with the smallest sum of squared distances
-- to the centroid is the customer's, on a tie the smallest id.
with centroid_facts as (
    select * from {{ ref('segmentation_fits') }}
    where record_kind = 'centroid'
),

segmentation_models as (
    select * from {{ ref('segmentation_models') }}
),

pivoted as (
    select
        segmentation,
        source_system,
        segment_id,
        feature,
        max(case when name = 'feature_order' then value end) as feature_order,
        max(case when name = 'mean' then value end) as mean,
        max(case when name = 'scale' then value end) as scale,
        max(case when name = 'centroid' then value end) as centroid
    from centroid_facts
    group by segmentation, source_system, segment_id, feature
)

select
    pivoted.segmentation,
    pivoted.source_system,
    segmentation_models.model_id,
    pivoted.segment_id,
    cast(pivoted.feature_order as integer) as feature_order,
    pivoted.feature,
    case when right(pivoted.feature, 4) = '_log' then 'ln(1 + x)' else 'none' end as transform,
    pivoted.mean,
    pivoted.scale,
    pivoted.centroid
from pivoted
inner join segmentation_models
    on
        pivoted.segmentation = segmentation_models.segmentation
        and pivoted.source_system = segmentation_models.source_system
