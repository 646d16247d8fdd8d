-- One row per raw right of a client to an account of Berka, usable or not: `rejection_reason` says
-- why not.
{{ config(materialized=staging_materialization('bank')) }}

with raw_rows as (
    select * from {{ raw_records('bank', 'disp') }}
),

typed as (
    select
        {{ identifier('disp_id') }} as disposition_id,
        {{ identifier('client_id') }} as client_id,
        {{ identifier('account_id') }} as account_id,
        {{ cell('type') }} as disposition_type,
        source_file,
        line_count,
        raw_row
    from raw_rows
),

numbered as (
    select
        *,
        row_number() over (partition by disposition_id order by raw_row, source_file) as copy_number
    from typed
),

judged as (
    select
        *,
        case
            when
                disposition_id is null or client_id is null or account_id is null
                then 'missing_value'
            when
                disposition_type is null or disposition_type not in ('OWNER', 'DISPONENT')
                then 'unknown_code'
            when copy_number > 1 then 'duplicate_id'
        end as rejection_reason
    from numbered
)

select
    disposition_id,
    client_id,
    account_id,
    disposition_type,
    source_file,
    line_count,
    case when rejection_reason is not null then raw_row end as raw_row,
    rejection_reason
from judged
