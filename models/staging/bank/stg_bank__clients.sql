-- One row per raw client of Berka, usable or not: `rejection_reason` says why not.
{{ config(enabled=is_on('bank'), materialized=staging_materialization('bank')) }}

with raw_rows as (
    select * from {{ raw_records('bank', 'client') }}
),

typed as (
    select
        {{ identifier('client_id') }} as client_id,
        {{ identifier('district_id') }} as district_id,
        {{ cell('birth_number') }} as birth_number,
        {{ decode_birth_date('birth_number') }} as birth_date,
        {{ decode_sex('birth_number') }} as sex,
        source_file,
        line_count,
        raw_row
    from raw_rows
),

judged as (
    select
        *,
        case
            when client_id is null or birth_number is null then 'missing_value'
            when birth_date is null then 'invalid_date'
        end as row_problem
    from typed
),

decided as (
    {{ one_per_id('judged', 'client_id') }}
)

select
    client_id,
    district_id,
    birth_date,
    sex,
    source_file,
    line_count,
    case when rejection_reason is not null then raw_row end as raw_row,
    rejection_reason
from decided
