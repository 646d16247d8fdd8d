-- One row per customer in a fit and feature that its segmentation clusters on or measures: what the
-- tables about features describe. Unlike segmented_features it needs no fit.
{{ config(materialized='view') }}
{%- set described = described_features() %}

{% for segmentation, settings in fitted_segmentations().items() %}
{%- set outer_loop = loop %}
{%- for feature in described[segmentation] %}
select
    '{{ segmentation }}' as segmentation,
    source_system,
    customer_id,
    '{{ feature.name }}' as feature,
    {{ feature.order }} as feature_order,
    {{ feature.is_clustered_on | lower }} as is_clustered_on,
    {{ feature.is_measured | lower }} as is_measured,
    -- Squares of more than ten billions, added up, have no exact type; no feature is so large.
    case
        when abs({{ feature.name }}) < 10000000000 then cast({{ feature.name }} as decimal(18, 6))
    end as feature_value
from {{ ref(settings.feature_table) }}
where is_in_fit
{%- if not (loop.last and outer_loop.last) %}
union all
{%- endif %}
{%- endfor %}
{%- endfor %}
