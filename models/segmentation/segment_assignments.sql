-- One row per customer in a fit: the segments that SQL assigned, all segmentations one below the
-- other.
{%- set segmentations = fitted_segmentations() %}
with
{%- for segmentation in segmentations %}
{{ segmentation }}_assignments as (
    select * from {{ ref(segmentation ~ '_assignments') }}
)
{{- ',' if not loop.last }}
{% endfor %}
{%- for segmentation, settings in segmentations.items() %}
select
    '{{ segmentation }}' as segmentation,
    '{{ settings.behaviour }}' as behaviour,
    *
from {{ segmentation }}_assignments
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
