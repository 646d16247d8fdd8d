-- One row per segmentation, source system and pair of features that are both clustered on or both
-- measures of the rule card: how much one says of the other. ln(1 + x) keeps the order of x, so the
-- rank correlation of a measure with its own logarithm would say nothing.
with feature_descriptions as (
    select * from {{ ref('feature_descriptions') }}
),

fitted_features as (
    select * from {{ ref('fitted_features') }}
    where feature_value is not null
),

feature_value_counts as (
    select * from {{ ref('feature_value_counts') }}
),

-- Both around their middle: values less their mean, and twice the rank (equal values share the mean
-- of theirs) less its mean. Decimals and integers, whose sums are exact.
centred_values as (
    select
        feature_value_counts.segmentation,
        feature_value_counts.source_system,
        feature_value_counts.feature,
        feature_value_counts.feature_value,
        cast(feature_value_counts.feature_value - feature_descriptions.mean as decimal(19, 6))
            as deviation,
        2 * feature_value_counts.cumulative_count
        - feature_value_counts.value_count
        - (feature_descriptions.customer_count - feature_descriptions.null_count) as rank_deviation
    from feature_value_counts
    inner join feature_descriptions
        on
            feature_value_counts.segmentation = feature_descriptions.segmentation
            and feature_value_counts.source_system = feature_descriptions.source_system
            and feature_value_counts.feature = feature_descriptions.feature
),

centred as (
    select
        fitted_features.segmentation,
        fitted_features.source_system,
        fitted_features.customer_id,
        fitted_features.feature,
        fitted_features.feature_order,
        fitted_features.is_clustered_on,
        fitted_features.is_measured,
        centred_values.deviation,
        centred_values.rank_deviation
    from fitted_features
    inner join centred_values
        on
            fitted_features.segmentation = centred_values.segmentation
            and fitted_features.source_system = centred_values.source_system
            and fitted_features.feature = centred_values.feature
            and fitted_features.feature_value = centred_values.feature_value
),

summed as (
    select
        later.segmentation,
        later.source_system,
        later.feature,
        earlier.feature as other_feature,
        count(*) as pair_count,
        cast(sum(later.deviation) as double) as sum_x,
        cast(sum(earlier.deviation) as double) as sum_y,
        cast(sum(later.deviation * later.deviation) as double) as sum_xx,
        cast(sum(earlier.deviation * earlier.deviation) as double) as sum_yy,
        cast(sum(later.deviation * earlier.deviation) as double) as sum_xy,
        cast(sum(later.rank_deviation) as double) as rank_x,
        cast(sum(earlier.rank_deviation) as double) as rank_y,
        cast(sum(later.rank_deviation * later.rank_deviation) as double) as rank_xx,
        cast(sum(earlier.rank_deviation * earlier.rank_deviation) as double) as rank_yy,
        cast(sum(later.rank_deviation * earlier.rank_deviation) as double) as rank_xy
    from centred as later
    inner join centred as earlier
        on
            later.segmentation = earlier.segmentation
            and later.source_system = earlier.source_system
            and later.customer_id = earlier.customer_id
            and later.feature_order > earlier.feature_order
            and (
                (later.is_clustered_on and earlier.is_clustered_on)
                or (later.is_measured and earlier.is_measured)
            )
    group by later.segmentation, later.source_system, later.feature, earlier.feature
)

select
    segmentation,
    source_system,
    feature,
    other_feature,
    pair_count,
    cast(
        (sum_xy - sum_x * sum_y / pair_count)
        / nullif(
            sqrt(greatest(sum_xx - sum_x * sum_x / pair_count, 0))
            * sqrt(greatest(sum_yy - sum_y * sum_y / pair_count, 0)),
            0
        )
        as decimal(18, 6)
    ) as pearson,
    cast(
        (rank_xy - rank_x * rank_y / pair_count)
        / nullif(
            sqrt(greatest(rank_xx - rank_x * rank_x / pair_count, 0))
            * sqrt(greatest(rank_yy - rank_y * rank_y / pair_count, 0)),
            0
        )
        as decimal(18, 6)
    ) as spearman
from summed
