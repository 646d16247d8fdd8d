-- One row per fitted segmentation and source system: the model card.
with segmentation_models as (
    select * from {{ ref('segmentation_models') }}
),

memberships as (
    select
        segmentation,
        source_system,
        min(as_of_date) as fitted_as_of,
        sum(case when is_noise then 1 else 0 end) / count(*) as noise_share
    from {{ ref('segment_memberships') }}
    group by segmentation, source_system
),

ranked_drift as (
    select
        *,
        row_number() over (
            partition by segmentation, source_system
            order by population_stability_index desc, is_previous_model asc, measure asc
        ) as place
    from {{ ref('segmentation_drift') }}
    where population_stability_index is not null
)

select
    segmentation_models.segmentation,
    segmentation_models.source_system,
    segmentation_models.model_id,
    memberships.fitted_as_of,
    segmentation_models.algorithm,
    segmentation_models.space,
    segmentation_models.algorithm_documentation,
    case segmentation_models.segmentation
        {%- for segmentation, settings in fitted_segmentations().items() %}
        when '{{ segmentation }}' then '{{ settings.feature_table }}'
        {%- endfor %}
    end as feature_table,
    cast(segmentation_models.feature_count as integer) as feature_count,
    cast(segmentation_models.customer_count as bigint) as customer_count,
    cast(segmentation_models.unassigned_count as bigint) as unassigned_count,
    cast(segmentation_models.fit_row_count as bigint) as fit_row_count,
    cast(segmentation_models.k as integer) as k,
    segmentation_models.why_k,
    segmentation_models.has_structure = 1 as has_structure,
    segmentation_models.structure_excess,
    segmentation_models.structure_z,
    segmentation_models.silhouette,
    segmentation_models.davies_bouldin,
    segmentation_models.calinski_harabasz,
    segmentation_models.stability,
    segmentation_models.smallest_share,
    cast(memberships.noise_share as double) as noise_share,
    segmentation_models.rule_fidelity,
    segmentation_models.is_nearest_centroid = 1 as is_nearest_centroid,
    segmentation_models.parameters,
    segmentation_models.input_hash,
    segmentation_models.library_versions,
    segmentation_models.previous_model_id,
    ranked_drift.population_stability_index as largest_drift,
    ranked_drift.measure as most_drifted_measure,
    ranked_drift.drift_level
from segmentation_models
left join memberships
    on
        segmentation_models.segmentation = memberships.segmentation
        and segmentation_models.source_system = memberships.source_system
left join ranked_drift
    on
        segmentation_models.segmentation = ranked_drift.segmentation
        and segmentation_models.source_system = ranked_drift.source_system
        and ranked_drift.place = 1
