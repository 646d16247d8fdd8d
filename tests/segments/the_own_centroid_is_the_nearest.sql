-- Where a model says that segments are a matter of the nearest centroid, nobody is nearer to
-- another.
with customer_segments as (
    select * from {{ ref('customer_segments') }}
),

segmentations as (
    select * from {{ ref('segmentations') }}
)

select
    customer_segments.segmentation,
    customer_segments.source_system,
    customer_segments.customer_id
from customer_segments
inner join segmentations
    on
        customer_segments.segmentation = segmentations.segmentation
        and customer_segments.source_system = segmentations.source_system
where
    segmentations.is_nearest_centroid
    and customer_segments.distance > customer_segments.second_distance
