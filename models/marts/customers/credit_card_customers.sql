-- One row per card holder of CC GENERAL: the 17 published attributes, typed.
-- Without dates in the source, as_of_date is null unless var as_of_date names one.
{%- set attributes = {
    'balance': 'decimal(18, 6)',
    'balance_frequency': 'decimal(18, 6)',
    'purchases': 'decimal(18, 6)',
    'oneoff_purchases': 'decimal(18, 6)',
    'installments_purchases': 'decimal(18, 6)',
    'cash_advance': 'decimal(18, 6)',
    'purchases_frequency': 'decimal(18, 6)',
    'oneoff_purchases_frequency': 'decimal(18, 6)',
    'purchases_installments_frequency': 'decimal(18, 6)',
    'cash_advance_frequency': 'decimal(18, 6)',
    'cash_advance_trx': 'bigint',
    'purchases_trx': 'bigint',
    'credit_limit': 'decimal(18, 6)',
    'payments': 'decimal(18, 6)',
    'minimum_payments': 'decimal(18, 6)',
    'prc_full_payment': 'decimal(18, 6)',
    'tenure': 'bigint',
} %}

with card_holders as (
    {{ union_systems(
        {'credit_card': 'int_credit_card_holders'}, dict({'customer_id': 'varchar'}, **attributes)
    ) }}
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
    where source_system = 'credit_card'
)

select
    'credit_card' as source_system,
    card_holders.customer_id,
    as_of_dates.as_of_date,
    {%- for attribute in attributes %}
    card_holders.{{ attribute }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from card_holders
cross join as_of_dates
