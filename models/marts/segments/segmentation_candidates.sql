-- One row per candidate tried for a segmentation and source system, with its criteria and why it
-- was chosen or not.
with candidate_facts as (
    select * from {{ ref('segmentation_fits') }}
    where record_kind = 'candidate'
)

select
    segmentation,
    source_system,
    candidate_id,
    'kmeans' as algorithm,
    'scaled' as space,
    {%- for name, data_type in {
        'k': 'integer',
        'seed': 'integer',
        'inertia': 'double',
        'silhouette': 'double',
        'davies_bouldin': 'double',
        'calinski_harabasz': 'double',
        'prediction_strength': 'double',
        'bootstrap_ari': 'double',
        'smallest_share': 'double',
    }.items() %}
    cast(max(case when name = '{{ name }}' then value end) as {{ data_type }}) as {{ name }},
    {%- endfor %}
    cast(max(case when name = 'k' then value end) as integer) as cluster_count,
    cast(0 as double) as noise_share,
    max(case when name = 'admissible' then value end) = 1 as admissible,
    max(case when name = 'chosen' then value end) = 1 as chosen,
    max(case when name = 'reason' then text end) as reason,
    '{}' as parameters
from candidate_facts
group by segmentation, source_system, candidate_id
