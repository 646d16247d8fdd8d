-- One row per raw credit card of Berka, usable or not: `rejection_reason` says why not.
{{ config(enabled=is_on('bank'), materialized=staging_materialization('bank')) }}

with raw_rows as (
    select * from {{ raw_records('bank', 'card') }}
),

typed as (
    select
        {{ identifier('card_id') }} as card_id,
        {{ identifier('disp_id') }} as disposition_id,
        {{ cell('type') }} as card_type,
        {{ cell('issued') }} as issued_text,
        {{ parse_berka_date('issued') }} as issued_date,
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
                card_id is null or disposition_id is null or issued_text is null
                then 'missing_value'
            when issued_date is null then 'invalid_date'
            when {{ is_implausible('issued_date') }} then 'implausible_date'
        end as row_problem
    from typed
),

decided as (
    {{ one_per_id('judged', 'card_id', 'issued_date') }}
)

select
    card_id,
    disposition_id,
    card_type,
    issued_date,
    source_file,
    line_count,
    case when rejection_reason is not null then raw_row end as raw_row,
    rejection_reason
from decided
