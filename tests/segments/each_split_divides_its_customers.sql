-- The two sides of a split have all its customers between them, and their inertias add up to less;
-- a node has the customers of the segments below it, where the fit saw everybody.
with segment_splits as (
    select * from {{ ref('segment_splits') }}
),

segmentations as (
    select * from {{ ref('segmentations') }}
),

segments as (
    select * from {{ ref('segments') }}
    where not is_noise
),

sides as (
    select
        segmentation,
        source_system,
        parent_node_id,
        count(*) as side_count,
        sum(customer_count) as customer_count,
        sum(inertia) as inertia
    from segment_splits
    group by segmentation, source_system, parent_node_id
),

segments_below as (
    select
        segment_splits.segmentation,
        segment_splits.source_system,
        segment_splits.node_id,
        sum(segments.customer_count) as customer_count
    from segment_splits
    inner join segments
        on
            segment_splits.segmentation = segments.segmentation
            and segment_splits.source_system = segments.source_system
            and segments.segment_id
            between segment_splits.first_segment_id and segment_splits.last_segment_id
    group by segment_splits.segmentation, segment_splits.source_system, segment_splits.node_id
)

select
    segment_splits.segmentation,
    segment_splits.source_system,
    segment_splits.node_id
from segment_splits
inner join segmentations
    on
        segment_splits.segmentation = segmentations.segmentation
        and segment_splits.source_system = segmentations.source_system
left join sides
    on
        segment_splits.segmentation = sides.segmentation
        and segment_splits.source_system = sides.source_system
        and segment_splits.node_id = sides.parent_node_id
left join segments_below
    on
        segment_splits.segmentation = segments_below.segmentation
        and segment_splits.source_system = segments_below.source_system
        and segment_splits.node_id = segments_below.node_id
where
    (segment_splits.split_order is null) <> (sides.side_count is null)
    or sides.side_count <> 2
    or sides.customer_count <> segment_splits.customer_count
    or sides.inertia >= segment_splits.inertia
    or (
        segmentations.fit_row_count = segmentations.customer_count
        and segments_below.customer_count is distinct from segment_splits.customer_count
    )
