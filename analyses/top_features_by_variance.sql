-- Which three features separate the segments most?
with segment_features as (
    select * from {{ ref('segment_features') }}
)

select distinct
    segmentation,
    source_system,
    feature_rank,
    feature,
    eta_squared
from segment_features
where feature_rank <= 3
order by segmentation, source_system, feature_rank
