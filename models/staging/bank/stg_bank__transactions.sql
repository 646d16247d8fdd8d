-- One row per raw posting of Berka, usable or not: `rejection_reason` says why not.
{{ config(enabled=is_on('bank'), materialized=staging_materialization('bank')) }}

with raw_rows as (
    select * from {{ raw_records('bank', 'trans') }}
),

typed as (
    select
        {{ identifier('trans_id') }} as transaction_id,
        {{ identifier('account_id') }} as account_id,
        {{ cell('date') }} as date_text,
        {{ parse_berka_date('date') }} as posting_date,
        {{ cell('type') }} as type_code,
        {{ cell('operation') }} as operation_code,
        {{ cell('k_symbol') }} as payment_symbol,
        {{ cell('amount') }} as amount_text,
        {{ parse_decimal('amount') }} as amount,
        {{ cell('balance') }} as balance_text,
        {{ parse_decimal('balance') }} as balance_amount,
        {{ identifier('bank') }} as partner_bank,
        {{ identifier('account') }} as partner_account,
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
                transaction_id is null or date_text is null or amount_text is null
                then 'missing_value'
            when
                amount is null or (balance_text is not null and balance_amount is null)
                then 'invalid_number'
            when posting_date is null then 'invalid_date'
            when {{ is_implausible('posting_date') }} then 'implausible_date'
            when
                type_code is null or type_code not in ('PRIJEM', 'VYDAJ', 'VYBER')
                then 'unknown_code'
            when amount = 0 then 'no_price'
            when amount < 0 then 'negative_price'
        end as row_problem
    from typed
),

decided as (
    {{ one_per_id('judged', 'transaction_id', 'posting_date') }}
)

select
    transaction_id,
    account_id,
    posting_date,
    type_code,
    operation_code,
    payment_symbol,
    amount,
    balance_amount,
    partner_bank,
    partner_account,
    source_file,
    line_count,
    case when rejection_reason is not null then raw_row end as raw_row,
    rejection_reason
from decided
