-- One row per segmentation, source system, segment and feature: how the segment differs in it.
with segmented_features as (
    select * from {{ ref('segmented_features') }}
),

segment_names as (
    select * from {{ ref('segment_names') }}
),

populations as (
    select
        segmentation,
        source_system,
        feature,
        count(*) as customer_count,
        {{ exact_mean('feature_value') }} as population_mean,
        {{ exact_deviation('feature_value') }} as population_deviation
    from segmented_features
    group by segmentation, source_system, feature
),

segments as (
    select
        segmentation,
        source_system,
        segment_id,
        feature,
        count(*) as customer_count,
        {{ exact_mean('feature_value') }} as segment_mean,
        median(feature_value) as segment_median
    from segmented_features
    group by segmentation, source_system, segment_id, feature
),

compared as (
    select
        segments.segmentation,
        segments.source_system,
        segments.segment_id,
        segments.feature,
        segments.segment_mean,
        segments.segment_median,
        (segments.segment_mean - populations.population_mean)
        / nullif(populations.population_deviation, 0) as z_score,
        -- Share of the feature's variance that lies between the segments, not within them.
        sum(
            cast(
                segments.customer_count
                * power(segments.segment_mean - populations.population_mean, 2)
                as decimal(38, 12)
            )
        ) over (partition by segments.segmentation, segments.source_system, segments.feature)
        / nullif(populations.customer_count * power(populations.population_deviation, 2), 0)
            as eta_squared
    from segments
    inner join populations
        on
            segments.segmentation = populations.segmentation
            and segments.source_system = populations.source_system
            and segments.feature = populations.feature
),

rounded as (
    select
        segmentation,
        source_system,
        segment_id,
        feature,
        cast(segment_mean as decimal(18, 6)) as mean,
        cast(segment_median as decimal(18, 6)) as median,
        cast(coalesce(z_score, 0) as decimal(18, 6)) as z_score,
        cast(coalesce(eta_squared, 0) as decimal(18, 6)) as eta_squared
    from compared
)

select
    rounded.segmentation,
    rounded.source_system,
    rounded.segment_id,
    segment_names.segment_name,
    rounded.feature,
    rounded.mean,
    rounded.median,
    rounded.z_score,
    rounded.eta_squared,
    cast(
        row_number() over (
            partition by rounded.segmentation, rounded.source_system, rounded.segment_id
            order by rounded.eta_squared desc, rounded.feature asc
        ) as integer
    ) as feature_rank
from rounded
inner join segment_names
    on
        rounded.segmentation = segment_names.segmentation
        and rounded.source_system = segment_names.source_system
        and rounded.segment_id = segment_names.segment_id
