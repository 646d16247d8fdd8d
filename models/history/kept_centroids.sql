-- One row per model that was ever fitted in this warehouse, segment and feature: what SQL needs to
-- assign a customer with a model of the past. A build replaces the model of its own as-of date and
-- leaves the others as they are, also in a full refresh; var forget_models empties the table first.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['segmentation', 'source_system', 'fitted_as_of'],
    on_schema_change='append_new_columns',
    full_refresh=var('forget_models'),
) }}

with segment_centroids as (
    select * from {{ ref('segment_centroids') }}
),

segmentations as (
    select * from {{ ref('segmentations') }}
),

segment_names as (
    select * from {{ ref('segment_names') }}
),

reaches as (
    select
        segmentation,
        source_system,
        segment_id,
        max(distance) as reach
    from {{ ref('segment_memberships') }}
    group by segmentation, source_system, segment_id
)

select
    segment_centroids.segmentation,
    segment_centroids.source_system,
    segment_centroids.model_id,
    segmentations.fitted_as_of,
    segmentations.input_hash,
    segment_centroids.segment_id,
    segment_names.segment_name,
    segment_centroids.feature_order,
    segment_centroids.feature,
    segment_centroids.transform,
    segment_centroids.mean,
    segment_centroids.scale,
    segment_centroids.centroid,
    -- Columns that came later stand last: here, and in the tables of older builds.
    reaches.reach,
    segmentations.is_nearest_centroid,
    segmentations.parameters
from segment_centroids
inner join segmentations
    on
        segment_centroids.segmentation = segmentations.segmentation
        and segment_centroids.source_system = segmentations.source_system
inner join segment_names
    on
        segment_centroids.segmentation = segment_names.segmentation
        and segment_centroids.source_system = segment_names.source_system
        and segment_centroids.segment_id = segment_names.segment_id
left join reaches
    on
        segment_centroids.segmentation = reaches.segmentation
        and segment_centroids.source_system = reaches.source_system
        and segment_centroids.segment_id = reaches.segment_id
-- A model without a date (card holders have none) has no place in time.
where segmentations.fitted_as_of is not null
