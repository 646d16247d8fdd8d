-- One row per candidate tried for a segmentation and source system, with its criteria and why it
-- was chosen or not.
with candidate_facts as (
    select * from {{ ref('segmentation_fits') }}
    where record_kind = 'candidate'
),

segmentation_models as (
    select * from {{ ref('segmentation_models') }}
),

pivoted as (
    select
        segmentation,
        source_system,
        candidate_id,
        {%- for name, data_type in {
            'k': 'integer',
            'seed': 'integer',
            'inertia': 'double',
            'silhouette': 'double',
            'davies_bouldin': 'double',
            'calinski_harabasz': 'double',
            'space_silhouette': 'double',
            'space_davies_bouldin': 'double',
            'prediction_strength': 'double',
            'bootstrap_ari': 'double',
            'seed_ari': 'double',
            'order_ari': 'double',
            'noise_ari': 'double',
            'smallest_share': 'double',
            'cluster_count': 'integer',
            'noise_share': 'double',
        }.items() %}
        cast(max(case when name = '{{ name }}' then value end) as {{ data_type }}) as {{ name }},
        {%- endfor %}
        max(case when name = 'admissible' then value end) = 1 as admissible,
        max(case when name = 'chosen' then value end) = 1 as chosen,
        {%- for name in ['algorithm', 'space', 'reason', 'parameters', 'facts'] %}
        max(case when name = '{{ name }}' then text end) as {{ name }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from candidate_facts
    group by segmentation, source_system, candidate_id
)

select
    pivoted.segmentation,
    pivoted.source_system,
    pivoted.candidate_id,
    pivoted.algorithm,
    pivoted.space,
    pivoted.k,
    pivoted.seed,
    pivoted.inertia,
    pivoted.silhouette,
    pivoted.davies_bouldin,
    pivoted.calinski_harabasz,
    pivoted.space_silhouette,
    pivoted.space_davies_bouldin,
    pivoted.prediction_strength,
    pivoted.bootstrap_ari,
    pivoted.seed_ari,
    pivoted.order_ari,
    pivoted.noise_ari,
    pivoted.smallest_share,
    pivoted.cluster_count,
    pivoted.noise_share,
    pivoted.admissible,
    pivoted.chosen,
    pivoted.reason,
    pivoted.parameters,
    pivoted.facts
from pivoted
inner join segmentation_models
    on
        pivoted.segmentation = segmentation_models.segmentation
        and pivoted.source_system = segmentation_models.source_system
