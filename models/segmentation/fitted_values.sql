-- One row per customer in a fit and measure: the features clustered on, and the segment.
{{ config(materialized='view') }}

with segment_assignments as (
    select * from {{ ref('segment_assignments') }}
)

{% for segmentation, settings in fitted_segmentations().items() -%}
{%- set features = var('segmentation_features')[segmentation] -%}
{%- for feature in features -%}
select
    '{{ segmentation }}' as segmentation,
    source_system,
    customer_id,
    '{{ feature }}' as measure,
    cast({{ feature }} as decimal(18, 6)) as measure_value
from {{ ref(settings.feature_table) }}
where
    is_in_fit
    {%- for name in features %}
    and {{ name }} is not null
    {%- endfor %}
union all
{% endfor -%}
{%- endfor -%}
select
    segmentation,
    source_system,
    customer_id,
    'segment_id' as measure,
    cast(segment_id as decimal(18, 6)) as measure_value
from segment_assignments
where segment_id is not null
