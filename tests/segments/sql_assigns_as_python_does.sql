-- Every customer's segment computed in SQL from the centroids is the one Python fitted, and nobody
-- is assigned in only one of the two.
with python_assignments as (
    select * from {{ ref('segmentation_fits') }}
    where record_kind = 'assignment'
),

sql_assignments as (
    select * from {{ ref('segment_memberships') }}
    -- Noise of rfm_kmeans is outside the fit.
    where not (is_noise and segmentation = 'rfm_kmeans')
)

select
    coalesce(python_assignments.segmentation, sql_assignments.segmentation) as segmentation,
    coalesce(python_assignments.source_system, sql_assignments.source_system) as source_system,
    coalesce(python_assignments.customer_id, sql_assignments.customer_id) as customer_id,
    python_assignments.segment_id as python_segment_id,
    sql_assignments.segment_id as sql_segment_id
from python_assignments
full join sql_assignments
    on
        python_assignments.segmentation = sql_assignments.segmentation
        and python_assignments.source_system = sql_assignments.source_system
        and python_assignments.customer_id = sql_assignments.customer_id
where
    python_assignments.segment_id is distinct from sql_assignments.segment_id
    or python_assignments.value is distinct from sql_assignments.distance
