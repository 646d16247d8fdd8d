-- One row per raw card holder of CC GENERAL, usable or not: `rejection_reason` says why not.
{{ config(enabled=is_on('credit_card'), materialized=staging_materialization('credit_card')) }}

{%- set amounts = [
    'balance', 'balance_frequency', 'purchases', 'oneoff_purchases', 'installments_purchases',
    'cash_advance', 'purchases_frequency', 'oneoff_purchases_frequency',
    'purchases_installments_frequency', 'cash_advance_frequency', 'credit_limit', 'payments',
    'minimum_payments', 'prc_full_payment',
] %}
{%- set counts = ['cash_advance_trx', 'purchases_trx', 'tenure'] %}
{%- set unreadable = [] -%}
{%- for name in amounts + counts -%}
{%- do unreadable.append('(' ~ name ~ '_text is not null and ' ~ name ~ ' is null)') -%}
{%- endfor %}

with raw_rows as (
    select * from {{ raw_records('credit_card', 'cc_general') }}
),

typed as (
    select
        {{ identifier('"CUST_ID"') }} as customer_id,
        {%- for name in amounts %}
        {{ parse_decimal('"' ~ name | upper ~ '"', scale=6) }} as {{ name }},
        {%- endfor %}
        {%- for name in counts %}
        {{ parse_integer('"' ~ name | upper ~ '"') }} as {{ name }},
        {%- endfor %}
        {%- for name in amounts + counts %}
        {{ cell('"' ~ name | upper ~ '"') }} as {{ name }}_text,
        {%- endfor %}
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
                {{ unreadable | join('\n                or ') }}
                then 'invalid_number'
        end as row_problem
    from typed
),

decided as (
    {{ one_per_id('judged', 'customer_id') }}
)

select
    customer_id,
    {%- for name in amounts + counts %}
    {{ name }},
    {%- endfor %}
    source_file,
    line_count,
    case when rejection_reason is not null then raw_row end as raw_row,
    rejection_reason
from decided
