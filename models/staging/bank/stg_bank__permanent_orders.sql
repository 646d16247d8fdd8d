-- One row per raw permanent order of Berka, usable or not: `rejection_reason` says why not.
{{ config(enabled=is_on('bank'), materialized=staging_materialization('bank')) }}

with raw_rows as (
    select * from {{ raw_records('bank', 'order') }}
),

typed as (
    select
        {{ identifier('order_id') }} as permanent_order_id,
        {{ identifier('account_id') }} as account_id,
        {{ identifier('bank_to') }} as recipient_bank,
        {{ identifier('account_to') }} as recipient_account,
        {{ cell('amount') }} as amount_text,
        {{ parse_decimal('amount') }} as amount,
        {{ cell('k_symbol') }} as payment_symbol,
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
                permanent_order_id is null or account_id is null or amount_text is null
                then 'missing_value'
            when amount is null then 'invalid_number'
            when amount < 0 then 'negative_price'
        end as row_problem
    from typed
),

decided as (
    {{ one_per_id('judged', 'permanent_order_id') }}
)

select
    permanent_order_id,
    account_id,
    recipient_bank,
    recipient_account,
    amount,
    payment_symbol,
    source_file,
    line_count,
    case when rejection_reason is not null then raw_row end as raw_row,
    rejection_reason
from decided
