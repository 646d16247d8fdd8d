-- One row per node of a segmentation that divides segments step by step: who was together after
-- which split. The segments of any smaller k are
-- `where k_from <= k and (split_order is null or split_order >= k)`.
with node_facts as (
    select * from {{ ref('segmentation_fits') }}
    where record_kind = 'node'
),

segmentation_models as (
    select * from {{ ref('segmentation_models') }}
),

pivoted as (
    select
        segmentation,
        source_system,
        node_id,
        {%- for name, data_type in {
            'parent_node_id': 'bigint',
            'depth': 'bigint',
            'k_from': 'integer',
            'split_order': 'integer',
            'customer_count': 'bigint',
            'inertia': 'double',
            'first_segment_id': 'bigint',
            'last_segment_id': 'bigint',
        }.items() %}
        cast(max(case when name = '{{ name }}' then value end) as {{ data_type }}) as {{ name }},
        {%- endfor %}
        max(segment_id) as segment_id
    from node_facts
    group by segmentation, source_system, node_id
)

select
    pivoted.segmentation,
    pivoted.source_system,
    segmentation_models.model_id,
    pivoted.node_id,
    pivoted.parent_node_id,
    pivoted.depth,
    pivoted.k_from,
    pivoted.split_order,
    pivoted.customer_count,
    pivoted.inertia,
    pivoted.segment_id,
    pivoted.first_segment_id,
    pivoted.last_segment_id
from pivoted
inner join segmentation_models
    on
        pivoted.segmentation = segmentation_models.segmentation
        and pivoted.source_system = segmentation_models.source_system
