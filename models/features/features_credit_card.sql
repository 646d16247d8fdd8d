-- One row per card holder of CC GENERAL: the input of card_autoencoder. The 17 published attributes in
-- raw units; a missing one is imputed as var segmentation_parameters.card_autoencoder.imputation says.
{{ config(enabled=is_on('credit_card')) }}
{%- set attributes = [
    'balance', 'balance_frequency', 'purchases', 'oneoff_purchases', 'installments_purchases',
    'cash_advance', 'purchases_frequency', 'oneoff_purchases_frequency',
    'purchases_installments_frequency', 'cash_advance_frequency', 'cash_advance_trx',
    'purchases_trx', 'credit_limit', 'payments', 'minimum_payments', 'prc_full_payment', 'tenure',
] %}
{%- set imputation = card_imputation() %}

with credit_card_customers as (
    select * from {{ ref('credit_card_customers') }}
),
{%- if imputation != 'none' %}

-- What stands in for a missing value. An attribute that nobody has is 0 for all: it says nothing.
typical as (
    select
        {%- for attribute in attributes %}
        {%- if imputation == 'median' %}
        -- One place more, for the middle of two values.
        coalesce(cast(median(cast({{ attribute }} as decimal(19, 7))) as decimal(18, 6)), 0)
            as {{ attribute }}
        {%- else %}
        coalesce(cast({{ exact_mean(attribute) }} as decimal(18, 6)), 0) as {{ attribute }}
        {%- endif %}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from credit_card_customers
),
{%- endif %}

completed as (
    select
        credit_card_customers.source_system,
        credit_card_customers.customer_id,
        credit_card_customers.as_of_date,
        {%- for attribute in attributes %}
        {%- if imputation == 'none' %}
        cast(credit_card_customers.{{ attribute }} as decimal(18, 6)) as {{ attribute }},
        {%- else %}
        cast(
            coalesce(credit_card_customers.{{ attribute }}, typical.{{ attribute }})
            as decimal(18, 6)
        ) as {{ attribute }},
        {%- endif %}
        {%- endfor %}
        concat_ws(
            ', ',
            {%- for attribute in attributes %}
            case when credit_card_customers.{{ attribute }} is null then '{{ attribute }}' end
            {%- if not loop.last %},{% endif %}
            {%- endfor %}
        ) as missing_attributes
    from credit_card_customers
    {%- if imputation != 'none' %}
    cross join typical
    {%- endif %}
)

select
    source_system,
    customer_id,
    as_of_date,
    {%- for attribute in attributes %}
    {{ attribute }},
    {%- endfor %}
    missing_attributes,
    {{ 'false' if imputation == 'none' else "missing_attributes <> ''" }} as is_imputed,
    true as is_in_fit
from completed
order by source_system, customer_id
