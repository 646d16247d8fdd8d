-- One row per raw table and part of its total in Berka: where the rows and the money went. Each
-- part of the postings is counted where it ends up, so that a row lost on the way shows.
{{ config(enabled=is_on('bank'), materialized='view') }}

with staged as (
    select
        *,
        case when type_code = 'PRIJEM' then amount else -amount end as signed_amount
    from {{ ref('stg_bank__transactions') }}
),

postings as (
    select
        *,
        case when direction = 'inflow' then amount else -amount end as signed_amount
    from {{ ref('int_bank_postings') }}
),

customer_days as (
    select * from {{ ref('int_customer_days') }}
    where source_system = 'bank'
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
    where source_system = 'bank'
),

parts as (
    select
        'trans' as source_table,
        'raw_total' as part,
        count(*) as row_count,
        sum(signed_amount) as amount
    from staged
    union all
    select
        'trans' as source_table,
        'rejected' as part,
        count(*) as row_count,
        sum(signed_amount) as amount
    from staged
    where rejection_reason is not null
    union all
    select
        'trans' as source_table,
        case
            when postings.posting_date >= as_of_dates.as_of_date then 'after_as_of'
            else 'guest'
        end as part,
        count(*) as row_count,
        sum(postings.signed_amount) as amount
    from postings
    cross join as_of_dates
    where
        postings.posting_date >= as_of_dates.as_of_date
        or postings.account_id is null
    group by 1, 2
    union all
    select
        'trans' as source_table,
        'used' as part,
        sum(source_row_count) as row_count,
        sum(inflow_amount - outflow_amount) as amount
    from customer_days
    union all
    {{ static_control_parts('account', ref('stg_bank__accounts'), 'opened_date') }}
    union all
    {{ static_control_parts('client', ref('stg_bank__clients')) }}
    union all
    {{ static_control_parts('disp', ref('stg_bank__dispositions')) }}
    union all
    {{ static_control_parts('order', ref('stg_bank__permanent_orders')) }}
    union all
    {{ static_control_parts('loan', ref('stg_bank__loans'), 'granted_date') }}
    union all
    {{ static_control_parts('card', ref('stg_bank__cards'), 'issued_date') }}
    union all
    {{ static_control_parts('district', ref('stg_bank__districts')) }}
)

select
    'bank' as source_system,
    source_table,
    part,
    row_count,
    case when source_table = 'trans' then coalesce(amount, 0) end as amount,
    cast(null as bigint) as click_count
from parts
