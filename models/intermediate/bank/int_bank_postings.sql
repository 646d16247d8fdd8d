-- One row per valid posting, with its class: who caused it (seed bank_posting_classes).
{{ config(enabled=is_on('bank'), materialized='view') }}

with transactions as (
    select * from {{ ref('stg_bank__transactions') }}
),

posting_classes as (
    select * from {{ ref('bank_posting_classes') }}
)

select
    transactions.transaction_id,
    transactions.account_id,
    transactions.posting_date,
    transactions.type_code,
    transactions.operation_code,
    transactions.payment_symbol,
    transactions.amount,
    -- PRIJEM is the only code for money coming in; VYDAJ and VYBER both go out.
    case when transactions.type_code = 'PRIJEM' then 'inflow' else 'outflow' end as direction,
    transactions.balance_amount,
    posting_classes.posting_class
from transactions
-- Codes are empty in half of the rows: compare them as texts, because null = null is never true.
left join posting_classes
    on
        transactions.type_code = posting_classes.type_code
        and coalesce(transactions.operation_code, '') = coalesce(posting_classes.operation_code, '')
        and coalesce(transactions.payment_symbol, '') = coalesce(posting_classes.payment_symbol, '')
where transactions.rejection_reason is null
