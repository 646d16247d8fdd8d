-- One row per part of the raw total of CC GENERAL: where the rows went.
{{ config(enabled=is_on('credit_card'), materialized='view') }}

with staged as (
    select * from {{ ref('stg_credit_card__card_holders') }}
),

card_holders as (
    select * from {{ ref('int_credit_card_holders') }}
),

parts as (
    select
        'raw_total' as part,
        count(*) as row_count
    from staged
    union all
    select
        'rejected' as part,
        count(*) as row_count
    from staged
    where rejection_reason is not null
    union all
    select
        'guest' as part,
        count(*) as row_count
    from staged
    where rejection_reason is null and customer_id is null
    union all
    select
        'used' as part,
        count(*) as row_count
    from card_holders
)

select
    'credit_card' as source_system,
    'cc_general' as source_table,
    part,
    row_count,
    cast(null as decimal(38, 5)) as amount,
    cast(null as bigint) as click_count
from parts
