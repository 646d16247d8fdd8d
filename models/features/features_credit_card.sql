-- One row per card holder of CC GENERAL: the input of card_autoencoder. The 17 published attributes
-- in raw units; a missing one is imputed as vars say (card_imputation()).
{{ config(enabled=is_on('credit_card')) }}
{%- set attributes = [
    'balance', 'balance_frequency', 'purchases', 'oneoff_purchases', 'installments_purchases',
    'cash_advance', 'purchases_frequency', 'oneoff_purchases_frequency',
    'purchases_installments_frequency', 'cash_advance_frequency', 'cash_advance_trx',
    'purchases_trx', 'credit_limit', 'payments', 'minimum_payments', 'prc_full_payment', 'tenure',
] %}

with credit_card_customers as (
    select * from {{ ref('credit_card_customers') }}
),

-- What stands in for a missing value. An attribute that nobody has is 0 for all: it says nothing.
typical as (
    select
        count(*) as card_holder_count,
        {%- for attribute in attributes %}
        {{ typical_attribute(attribute) }} as {{ attribute }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from credit_card_customers
),

completed as (
    select
        credit_card_customers.source_system,
        credit_card_customers.customer_id,
        credit_card_customers.as_of_date,
        {%- for attribute in attributes %}
        cast(
            coalesce(credit_card_customers.{{ attribute }}, typical.{{ attribute }})
            as decimal(18, 6)
        ) as {{ attribute }},
        {%- endfor %}
        concat_ws(
            ', ',
            {%- for attribute in attributes %}
            case when credit_card_customers.{{ attribute }} is null then '{{ attribute }}' end
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        ) as missing_attributes
    from credit_card_customers
    cross join typical
)

select
    source_system,
    customer_id,
    as_of_date,
    {%- for attribute in attributes %}
    {{ attribute }},
    {%- endfor %}
    missing_attributes,
    {{ 'false' if card_imputation() == 'none' else "missing_attributes <> ''" }} as is_imputed,
    true as is_in_fit
from completed
order by source_system, customer_id
