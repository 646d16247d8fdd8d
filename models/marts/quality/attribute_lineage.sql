-- One row per public column, raw column that it comes from, and way in which it does.

with traced_lineage as (
    select * from {{ ref('traced_lineage') }}
)

select
    model,
    column_name,
    source_system,
    source_table,
    source_column,
    kind,
    depth,
    path,
    transformation,
    endpoint
from traced_lineage
