-- One row per customer in a fit and feature: what the fit saw, with the segment it led to.
{{ config(materialized='view') }}

with segment_memberships as (
    select * from {{ ref('segment_memberships') }}
    where not is_noise
),

features as (
    {%- for segmentation, settings in fitted_segmentations().items() %}
    {%- set outer_loop = loop %}
    {%- for feature in var('segmentation_features')[segmentation] %}
    select
        '{{ segmentation }}' as segmentation,
        source_system,
        customer_id,
        '{{ feature }}' as feature,
        {{ feature }} as feature_value
    from {{ ref(settings.feature_table) }}
    {%- if not (loop.last and outer_loop.last) %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- endfor %}
)

select
    features.segmentation,
    features.source_system,
    features.customer_id,
    segment_memberships.segment_id,
    features.feature,
    features.feature_value
from features
inner join segment_memberships
    on
        features.segmentation = segment_memberships.segmentation
        and features.source_system = segment_memberships.source_system
        and features.customer_id = segment_memberships.customer_id
