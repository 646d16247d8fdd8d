-- One row per segmentation, source system and feature: whether it says anything that no earlier
-- feature says. Advice by rule; what is clustered on is decided by var segmentation_features.
{%- set settings = var('feature_selection') %}

with feature_descriptions as (
    select * from {{ ref('feature_descriptions') }}
),

feature_correlations as (
    select * from {{ ref('feature_correlations') }}
),

strongest as (
    select
        feature_correlations.segmentation,
        feature_correlations.source_system,
        feature_correlations.feature,
        feature_correlations.other_feature,
        feature_correlations.spearman,
        row_number() over (
            partition by
                feature_correlations.segmentation,
                feature_correlations.source_system,
                feature_correlations.feature
            order by abs(feature_correlations.spearman) desc, earlier.feature_order asc
        ) as place
    from feature_correlations
    inner join feature_descriptions as earlier
        on
            feature_correlations.segmentation = earlier.segmentation
            and feature_correlations.source_system = earlier.source_system
            and feature_correlations.other_feature = earlier.feature
    where feature_correlations.spearman is not null
),

compared as (
    select
        feature_descriptions.*,
        strongest.other_feature as strongest_feature,
        strongest.spearman as strongest_spearman,
        feature_descriptions.most_frequent_share is null
        or feature_descriptions.most_frequent_share > {{ settings.most_frequent_share }}
            as is_nearly_constant,
        coalesce(abs(strongest.spearman) >= {{ settings.spearman }}, false) as is_repetition
    from feature_descriptions
    left join strongest
        on
            feature_descriptions.segmentation = strongest.segmentation
            and feature_descriptions.source_system = strongest.source_system
            and feature_descriptions.feature = strongest.feature
            and strongest.place = 1
)

select
    segmentation,
    source_system,
    feature,
    feature_order,
    is_clustered_on,
    case when is_nearly_constant or is_repetition then 'drop' else 'keep' end as advice,
    case
        when distinct_count = 0 then 'no customer has a value'
        when distinct_count = 1 then 'constant'
        when is_nearly_constant
            then
                'one value in ' || cast(round(100 * most_frequent_share, 1) as varchar)
                || ' % of customers'
        when is_repetition
            then 'says the same as ' || strongest_feature || ', which comes before it'
        else 'says something of its own'
    end as why_advice,
    strongest_feature,
    strongest_spearman
from compared
