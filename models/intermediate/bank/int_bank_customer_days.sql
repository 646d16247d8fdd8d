-- One row per account and day with a posting or its opening, in the columns of int_customer_days.
-- The opening is a day of zeros, so that an account without postings is a customer with 0 orders.
{{ config(enabled=is_on('bank'), materialized='view') }}

with postings as (
    select * from {{ ref('int_bank_postings') }}
    where account_id is not null
),

accounts as (
    select * from {{ ref('stg_bank__accounts') }}
    where rejection_reason is null
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
    where source_system = 'bank'
),

account_events as (
    select
        account_id,
        posting_date as activity_date,
        case when posting_class = 'customer' then 1 else 0 end as customer_posting_count,
        case when posting_class = 'customer' then amount else 0 end as customer_amount,
        case when direction = 'inflow' then amount else 0 end as inflow_amount,
        case when direction = 'outflow' then amount else 0 end as outflow_amount,
        1 as source_row_count
    from postings
    union all
    select
        account_id,
        opened_date as activity_date,
        0 as customer_posting_count,
        0 as customer_amount,
        0 as inflow_amount,
        0 as outflow_amount,
        0 as source_row_count
    from accounts
)

select
    'bank' as source_system,
    account_events.account_id as customer_id,
    account_events.activity_date,
    max(account_events.customer_posting_count) as active_day_count,
    max(account_events.customer_posting_count) as purchase_day_count,
    cast(sum(account_events.customer_posting_count) as bigint) as order_count,
    cast(null as bigint) as purchase_line_count,
    cast(0 as bigint) as return_count,
    cast(null as bigint) as distinct_product_count,
    cast(null as bigint) as interaction_count,
    cast(null as bigint) as session_count,
    cast(null as bigint) as impression_count,
    cast(null as bigint) as click_count,
    cast(null as bigint) as distinct_item_count,
    cast(sum(account_events.customer_amount) as decimal(38, 5)) as gross_amount,
    cast(0 as decimal(38, 5)) as returned_amount,
    cast(0 as decimal(38, 5)) as product_returned_amount,
    cast(sum(account_events.inflow_amount) as decimal(38, 5)) as inflow_amount,
    cast(sum(account_events.outflow_amount) as decimal(38, 5)) as outflow_amount,
    cast(sum(account_events.source_row_count) as bigint) as source_row_count
from account_events
inner join as_of_dates
    on account_events.activity_date < as_of_dates.as_of_date
group by account_events.account_id, account_events.activity_date
