-- One row per raw right of a client to an account of Berka, usable or not: `rejection_reason` says
-- why not.
{{ config(enabled=is_on('bank'), materialized=staging_materialization('bank')) }}

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
        end as row_problem
    from typed
),

decided as (
    {{ one_per_id('judged', 'disposition_id') }}
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
from decided
