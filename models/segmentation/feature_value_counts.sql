-- One row per segmentation, source system, feature and value of it: how many customers in the fit
-- have it, and how many at most as much. Ranks and shapes are taken from few values, not from every
-- customer.
with fitted_features as (
    select * from {{ ref('fitted_features') }}
    where feature_value is not null
),

counted as (
    select
        segmentation,
        source_system,
        feature,
        feature_value,
        count(*) as value_count
    from fitted_features
    group by segmentation, source_system, feature, feature_value
)

select
    segmentation,
    source_system,
    feature,
    feature_value,
    value_count,
    cast(
        sum(value_count) over (
            partition by segmentation, source_system, feature
            order by feature_value
        ) as bigint
    ) as cumulative_count
from counted
