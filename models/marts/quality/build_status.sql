-- One row: the last run that built tables, and whether the set of tables is mixed.
{{ config(materialized='view') }}

with builds as (
    select * from {{ source('operations', 'builds') }}
),

numbered as (
    select
        *,
        row_number() over (order by started_at desc, build_id asc) as build_number
    from builds
)

select
    build_id,
    started_at,
    finished_at,
    state,
    not is_whole as is_mixed,
    source_systems,
    model_count,
    failed_count
from numbered
where build_number = 1
