-- One row per segmentation, source system and feature: how the feature is distributed over the
-- customers in the fit.
with fitted_features as (
    select * from {{ ref('fitted_features') }}
),

feature_value_counts as (
    select * from {{ ref('feature_value_counts') }}
),

summed as (
    select
        segmentation,
        source_system,
        feature,
        feature_order,
        is_clustered_on,
        count(*) as customer_count,
        count(*) - count(feature_value) as null_count,
        count(distinct feature_value) as distinct_count,
        {{ exact_mean('feature_value') }} as mean,
        min(feature_value) as minimum,
        quantile_cont(cast(feature_value as double), 0.25) as lower_quartile,
        quantile_cont(cast(feature_value as double), 0.5) as median,
        quantile_cont(cast(feature_value as double), 0.75) as upper_quartile,
        max(feature_value) as maximum,
        count(case when feature_value = 0 then 1 end) as zero_count
    from fitted_features
    group by segmentation, source_system, feature, feature_order, is_clustered_on
),

-- Squares around the rounded mean, which are zero for a constant. Squares and cubes are rounded, so
-- that their sum is the same in whatever order they are added.
deviations as (
    select
        feature_value_counts.segmentation,
        feature_value_counts.source_system,
        feature_value_counts.feature,
        max(feature_value_counts.value_count) as most_frequent_count,
        sqrt(
            greatest(
                cast(
                    sum(
                        cast(
                            power(
                                cast(
                                    feature_value_counts.feature_value
                                    - cast(summed.mean as decimal(18, 6))
                                    as double
                                ),
                                2
                            )
                            * feature_value_counts.value_count
                            as decimal(38, 12)
                        )
                    ) as double
                )
                / sum(feature_value_counts.value_count)
                - power(max(summed.mean) - cast(max(summed.mean) as decimal(18, 6)), 2),
                0
            )
        ) as standard_deviation
    from feature_value_counts
    inner join summed
        on
            feature_value_counts.segmentation = summed.segmentation
            and feature_value_counts.source_system = summed.source_system
            and feature_value_counts.feature = summed.feature
    group by
        feature_value_counts.segmentation,
        feature_value_counts.source_system,
        feature_value_counts.feature
),

skews as (
    select
        feature_value_counts.segmentation,
        feature_value_counts.source_system,
        feature_value_counts.feature,
        cast(
            sum(
                cast(
                    power(
                        (cast(feature_value_counts.feature_value as double) - summed.mean)
                        / nullif(deviations.standard_deviation, 0),
                        3
                    )
                    * feature_value_counts.value_count
                    as decimal(38, 12)
                )
            ) as double
        )
        / sum(feature_value_counts.value_count) as skewness
    from feature_value_counts
    inner join summed
        on
            feature_value_counts.segmentation = summed.segmentation
            and feature_value_counts.source_system = summed.source_system
            and feature_value_counts.feature = summed.feature
    inner join deviations
        on
            feature_value_counts.segmentation = deviations.segmentation
            and feature_value_counts.source_system = deviations.source_system
            and feature_value_counts.feature = deviations.feature
    group by
        feature_value_counts.segmentation,
        feature_value_counts.source_system,
        feature_value_counts.feature
)

select
    summed.segmentation,
    summed.source_system,
    summed.feature,
    cast(summed.feature_order as integer) as feature_order,
    summed.is_clustered_on,
    summed.customer_count,
    summed.null_count,
    summed.distinct_count,
    cast(summed.mean as decimal(18, 6)) as mean,
    cast(deviations.standard_deviation as decimal(18, 6)) as standard_deviation,
    cast(skews.skewness as decimal(18, 6)) as skewness,
    summed.minimum,
    cast(summed.lower_quartile as decimal(18, 6)) as lower_quartile,
    cast(summed.median as decimal(18, 6)) as median,
    cast(summed.upper_quartile as decimal(18, 6)) as upper_quartile,
    summed.maximum,
    {{ ratio(
        'summed.zero_count', 'summed.customer_count - summed.null_count', 'decimal(18, 6)'
    ) }} as zero_share,
    {{ ratio(
        'deviations.most_frequent_count',
        'summed.customer_count - summed.null_count',
        'decimal(18, 6)'
    ) }} as most_frequent_share
from summed
left join deviations
    on
        summed.segmentation = deviations.segmentation
        and summed.source_system = deviations.source_system
        and summed.feature = deviations.feature
left join skews
    on
        summed.segmentation = skews.segmentation
        and summed.source_system = skews.source_system
        and summed.feature = skews.feature
