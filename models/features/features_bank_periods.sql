-- One row per account and month, from the month of its opening to the last complete month before
-- the as-of date: the sequences of bank_sequences. A month without postings is a row of zeros, so
-- every account has a regular grid, whatever the number of its postings.
{{ config(enabled=is_on('bank')) }}

with postings as (
    select
        *,
        -- Interest and fees are the bank's doing, and everybody has them.
        case when posting_class = 'bank' then 0 else amount end as amount_of_others
    from {{ ref('int_bank_postings') }}
    where account_id is not null
),

customer_days as (
    select * from {{ ref('int_bank_customer_days') }}
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
    where source_system = 'bank'
),

accounts as (
    select
        customer_days.source_system,
        customer_days.customer_id,
        as_of_dates.as_of_date,
        cast(date_trunc('month', min(customer_days.activity_date)) as date) as first_month,
        -- The running month would look like a month of little money.
        cast(date_trunc('month', as_of_dates.as_of_date) as date) as running_month
    from customer_days
    inner join as_of_dates
        on customer_days.source_system = as_of_dates.source_system
    group by customer_days.source_system, customer_days.customer_id, as_of_dates.as_of_date
),

account_months as (
    select
        accounts.source_system,
        accounts.customer_id,
        accounts.as_of_date,
        cast(months.month_start as date) as period_start
    from accounts
    cross join
        unnest(
            range(
                cast(accounts.first_month as timestamp),
                cast(accounts.running_month as timestamp),
                interval 1 month
            )
        ) as months (month_start)
),

month_totals as (
    select
        account_id as customer_id,
        cast(date_trunc('month', posting_date) as date) as period_start,
        sum(case when direction = 'inflow' then amount_of_others else 0 end) as inflow_amount,
        sum(case when direction = 'outflow' then amount_of_others else 0 end) as outflow_amount,
        sum(case when direction = 'inflow' then amount else -amount end) as net_flow_amount,
        sum(case when posting_class = 'customer' then 1 else 0 end) as customer_posting_count,
        sum(case when posting_class = 'standing' then 1 else 0 end) as standing_posting_count,
        sum(case when posting_class = 'inbound' then 1 else 0 end) as inbound_posting_count
    from postings
    group by account_id, cast(date_trunc('month', posting_date) as date)
),

measured as (
    select
        account_months.source_system,
        account_months.customer_id,
        account_months.as_of_date,
        account_months.period_start,
        cast(
            row_number() over (
                partition by account_months.source_system, account_months.customer_id
                order by account_months.period_start
            ) as integer
        ) as period_number,
        cast(coalesce(month_totals.inflow_amount, 0) as decimal(38, 5)) as inflow_amount,
        cast(coalesce(month_totals.outflow_amount, 0) as decimal(38, 5)) as outflow_amount,
        -- The file's own balance cannot be put in order within a day.
        cast(
            sum(coalesce(month_totals.net_flow_amount, 0)) over (
                partition by account_months.source_system, account_months.customer_id
                order by account_months.period_start
                rows between unbounded preceding and current row
            ) as decimal(38, 5)
        ) as closing_balance,
        cast(coalesce(month_totals.customer_posting_count, 0) as bigint)
            as customer_posting_count,
        cast(coalesce(month_totals.standing_posting_count, 0) as bigint)
            as standing_posting_count,
        cast(coalesce(month_totals.inbound_posting_count, 0) as bigint) as inbound_posting_count
    from account_months
    left join month_totals
        on
            account_months.customer_id = month_totals.customer_id
            and account_months.period_start = month_totals.period_start
)

select
    source_system,
    customer_id,
    as_of_date,
    period_start,
    period_number,
    inflow_amount,
    outflow_amount,
    closing_balance,
    customer_posting_count,
    standing_posting_count,
    inbound_posting_count,
    {{ asinh_feature('inflow_amount', 1000) }} as inflow_level,
    {{ asinh_feature('outflow_amount', 1000) }} as outflow_level,
    {{ asinh_feature('closing_balance', 1000) }} as balance_level
from measured
order by source_system, customer_id, period_start
