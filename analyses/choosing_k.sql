-- How was k chosen? Every number of segments tried, with its criteria and the verdict; the column
-- `inertia_drop` is the elbow, to be looked at and not to be trusted.
with candidates as (
    select * from {{ ref('segmentation_candidates') }}
)

select
    segmentation,
    source_system,
    k,
    round(inertia, 1) as inertia,
    round(
        1 - inertia / lag(inertia) over (partition by segmentation, source_system order by k), 3
    ) as inertia_drop,
    round(silhouette, 3) as silhouette,
    round(prediction_strength, 3) as prediction_strength,
    round(bootstrap_ari, 3) as bootstrap_ari,
    round(smallest_share, 3) as smallest_share,
    chosen,
    reason
from candidates
order by segmentation, source_system, k
