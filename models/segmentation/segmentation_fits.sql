-- One row per fact that a fit learned: the long tables of all fits, one below the other.
{%- set segmentations = fitted_segmentations() %}
with
{%- for segmentation in segmentations %}
fit_{{ segmentation }} as (
    select * from {{ ref('fit_' ~ segmentation) }}
)
{{- ',' if not loop.last }}
{% endfor %}
{%- for segmentation in segmentations %}
select
    '{{ segmentation }}' as segmentation,
    *
from fit_{{ segmentation }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
