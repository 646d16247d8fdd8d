-- One row per node of segment_splits and feature: all that SQL needs to walk a customer down the
-- tree. Standardise with mean and scale; from node 1 on, go to the side with the smaller sum of
-- squared distances to the centroid, on a tie to the smaller node_id, until there are no sides.
with node_facts as (
    select * from {{ ref('segmentation_fits') }}
    where record_kind = 'node_centroid'
),

segment_centroids as (
    select * from {{ ref('segment_centroids') }}
    where segment_id = 1
)

select
    node_facts.segmentation,
    node_facts.source_system,
    segment_centroids.model_id,
    node_facts.node_id,
    segment_centroids.feature_order,
    node_facts.feature,
    segment_centroids.transform,
    segment_centroids.mean,
    segment_centroids.scale,
    node_facts.value as centroid
from node_facts
inner join segment_centroids
    on
        node_facts.segmentation = segment_centroids.segmentation
        and node_facts.source_system = segment_centroids.source_system
        and node_facts.feature = segment_centroids.feature
