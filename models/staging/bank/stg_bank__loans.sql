-- One row per raw loan of Berka, usable or not: `rejection_reason` says why not.
{{ config(enabled=is_on('bank'), materialized=staging_materialization('bank')) }}

with raw_rows as (
    select * from {{ raw_records('bank', 'loan') }}
),

typed as (
    select
        {{ identifier('loan_id') }} as loan_id,
        {{ identifier('account_id') }} as account_id,
        {{ cell('date') }} as date_text,
        {{ parse_berka_date('date') }} as granted_date,
        {{ cell('amount') }} as amount_text,
        {{ parse_decimal('amount') }} as loan_amount,
        {{ cell('duration') }} as duration_text,
        {{ parse_integer('duration') }} as duration_months,
        {{ cell('payments') }} as payments_text,
        {{ parse_decimal('payments') }} as monthly_payment_amount,
        {{ cell('status') }} as status_code,
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
                loan_id is null or account_id is null or date_text is null
                or amount_text is null or duration_text is null
                then 'missing_value'
            when
                loan_amount is null or duration_months is null
                or (payments_text is not null and monthly_payment_amount is null)
                then 'invalid_number'
            when granted_date is null then 'invalid_date'
            when {{ is_implausible('granted_date') }} then 'implausible_date'
            when status_code is null or status_code not in ('A', 'B', 'C', 'D') then 'unknown_code'
        end as row_problem
    from typed
),

decided as (
    {{ one_per_id('judged', 'loan_id', 'granted_date') }}
)

select
    loan_id,
    account_id,
    granted_date,
    loan_amount,
    duration_months,
    monthly_payment_amount,
    status_code,
    source_file,
    line_count,
    case when rejection_reason is not null then raw_row end as raw_row,
    rejection_reason
from decided
