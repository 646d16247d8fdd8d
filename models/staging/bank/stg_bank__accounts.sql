-- One row per raw account of Berka, usable or not: `rejection_reason` says why not.
{{ config(enabled=is_on('bank'), materialized=staging_materialization('bank')) }}

with raw_rows as (
    select * from {{ raw_records('bank', 'account') }}
),

typed as (
    select
        {{ identifier('account_id') }} as account_id,
        {{ identifier('district_id') }} as district_id,
        {{ cell('frequency') }} as statement_frequency,
        {{ cell('date') }} as date_text,
        {{ parse_berka_date('date') }} as opened_date,
        source_file,
        line_count,
        raw_row
    from raw_rows
),

judged as (
    select
        *,
        case
            when account_id is null or date_text is null then 'missing_value'
            when opened_date is null then 'invalid_date'
            when {{ is_implausible('opened_date') }} then 'implausible_date'
        end as row_problem
    from typed
),

decided as (
    {{ one_per_id('judged', 'account_id', 'opened_date') }}
)

select
    account_id,
    district_id,
    statement_frequency,
    opened_date,
    source_file,
    line_count,
    case when rejection_reason is not null then raw_row end as raw_row,
    rejection_reason
from decided
