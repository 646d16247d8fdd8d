-- One row per fitted segmentation and source system: what the fit says about itself.
with facts as (
    select * from {{ ref('segmentation_fits') }}
    where record_kind = 'model'
),

pivoted as (
    select
        segmentation,
        source_system,
        {%- for number in [
            'k', 'has_structure', 'structure_excess', 'structure_z', 'silhouette',
            'davies_bouldin', 'calinski_harabasz', 'stability', 'smallest_share',
            'customer_count', 'unassigned_count', 'fit_row_count', 'feature_count', 'rule_fidelity',
            'is_nearest_centroid',
        ] %}
        max(case when name = '{{ number }}' then value end) as {{ number }},
        {%- endfor %}
        {%- for words in [
            'why_k', 'algorithm', 'space', 'algorithm_documentation', 'parameters', 'input_hash',
            'library_versions', 'previous_model_id',
        ] %}
        max(case when name = '{{ words }}' then text end) as {{ words }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from facts
    group by segmentation, source_system
)

select
    *,
    -- The same input and settings give the same model, so they name it.
    substr(
        md5(concat_ws('|', segmentation, source_system, input_hash, parameters, k)),
        1, 12
    ) as model_id
from pivoted
