-- One row per fact that a fit learned: the long tables of all fits, one below the other.
with fit_rfm_kmeans as (
    select * from {{ ref('fit_rfm_kmeans') }}
),

fit_rfe_kmeans as (
    select * from {{ ref('fit_rfe_kmeans') }}
)

select
    'rfm_kmeans' as segmentation,
    *
from fit_rfm_kmeans
union all
select
    'rfe_kmeans' as segmentation,
    *
from fit_rfe_kmeans
