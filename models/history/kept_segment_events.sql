-- One row per model that was ever fitted in this warehouse and event of a segment: what the fit
-- made of the segments of the model before it, with the names of that time. Kept as
-- kept_centroids is.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['segmentation', 'source_system', 'fitted_as_of'],
    on_schema_change='append_new_columns',
    full_refresh=var('forget_models'),
) }}
{%- set numbers = [
    'customer_count', 'previous_customer_count', 'common_count', 'centroid_distance',
] %}

with event_facts as (
    select * from {{ ref('segmentation_fits') }}
    where record_kind = 'event'
),

segmentations as (
    select * from {{ ref('segmentations') }}
),

segment_names as (
    select * from {{ ref('segment_names') }}
),

previous_names as (
    select
        segmentation,
        source_system,
        model_id,
        segment_id,
        max_by(segment_name, fitted_as_of) as segment_name
    from {{ ref('earlier_models') }}
    group by segmentation, source_system, model_id, segment_id
),

events as (
    select
        segmentation,
        source_system,
        text as event, -- noqa: RF04
        segment_id,
        previous_segment_id,
        {%- for number in numbers %}
        max(case when name = '{{ number }}' then value end) as {{ number }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from event_facts
    group by segmentation, source_system, text, segment_id, previous_segment_id
)

select
    events.segmentation,
    events.source_system,
    segmentations.fitted_as_of,
    segmentations.model_id,
    segmentations.previous_model_id,
    events.event,
    events.segment_id,
    segment_names.segment_name,
    events.previous_segment_id,
    previous_names.segment_name as previous_segment_name,
    cast(events.customer_count as bigint) as customer_count,
    cast(events.previous_customer_count as bigint) as previous_customer_count,
    cast(events.common_count as bigint) as common_count,
    events.centroid_distance
from events
inner join segmentations
    on
        events.segmentation = segmentations.segmentation
        and events.source_system = segmentations.source_system
left join segment_names
    on
        events.segmentation = segment_names.segmentation
        and events.source_system = segment_names.source_system
        and events.segment_id = segment_names.segment_id
left join previous_names
    on
        events.segmentation = previous_names.segmentation
        and events.source_system = previous_names.source_system
        and segmentations.previous_model_id = previous_names.model_id
        and events.previous_segment_id = previous_names.segment_id
-- A model without a date (card holders have none) has no place in time.
where segmentations.fitted_as_of is not null
