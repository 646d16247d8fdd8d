-- One row per programme, customer and run of month ends at which nothing changes: what the
-- programme counts, and where that stands. From the first month end on that has a day of the
-- customer's behind it, up to the last one that matters if nobody buys any more after the as-of
-- date. A day enters at the close of its month and leaves a window of days at the first month end
-- that lies further away, as in monthly_totals.
with programme_terms as (
    select * from {{ ref('programme_terms') }}
),

customer_days as (
    select * from {{ ref('int_customer_days') }}
),

counted_days as (
    select
        programme_terms.programme,
        customer_days.source_system,
        customer_days.customer_id,
        customer_days.activity_date,
        programme_terms.window_days,
        case
            when programme_terms.orders_enter_from is not null
                then coalesce(customer_days.order_count, 0)
        end as order_count,
        case
            when programme_terms.amount_enter_from is null then null
            when programme_terms.amount_measure = 'gross_amount'
                then coalesce(customer_days.gross_amount, 0)
            else coalesce(customer_days.gross_amount - customer_days.returned_amount, 0)
        end as amount
    from customer_days
    inner join programme_terms
        on customer_days.source_system = programme_terms.source_system
),

changes as (
    select
        programme,
        source_system,
        customer_id,
        cast(date_trunc('month', activity_date) + interval 1 month as date) as month_end,
        order_count,
        amount
    from counted_days
    union all
    select
        programme,
        source_system,
        customer_id,
        cast(date_trunc('month', activity_date + window_days) + interval 1 month as date)
            as month_end,
        -order_count as order_count,
        -amount as amount
    from counted_days
    where window_days is not null
),

changed_months as (
    select
        programme,
        source_system,
        customer_id,
        month_end,
        sum(order_count) as order_count,
        sum(amount) as amount
    from changes
    group by programme, source_system, customer_id, month_end
),

running as (
    select
        programme,
        source_system,
        customer_id,
        month_end as from_month_end,
        lead(month_end) over (
            partition by programme, source_system, customer_id order by month_end
        ) as next_change,
        cast(
            sum(order_count) over (
                partition by programme, source_system, customer_id
                order by month_end
                rows between unbounded preceding and current row
            ) as bigint
        ) as order_count,
        cast(
            sum(amount) over (
                partition by programme, source_system, customer_id
                order by month_end
                rows between unbounded preceding and current row
            ) as decimal(38, 5)
        ) as amount
    from changed_months
)

select
    running.programme,
    running.source_system,
    running.customer_id,
    running.from_month_end,
    cast(
        coalesce(running.next_change, programme_terms.last_idle_month_end + interval 1 month)
        - interval 1 month
        as date
    ) as to_month_end,
    running.order_count,
    running.amount,
    -- The letters that programme_stays reads: high enough to enter, low enough to leave, or in the
    -- middle. What the programme does not ask for decides nothing.
    case
        when
            (
                programme_terms.orders_enter_from is null
                or running.order_count >= programme_terms.orders_enter_from
            )
            and (
                programme_terms.amount_enter_from is null
                or running.amount >= programme_terms.amount_enter_from
            )
            then 'H'
        when
            running.order_count < programme_terms.orders_leave_below
            or running.amount < programme_terms.amount_leave_below
            then 'L'
        else 'M'
    end as standing
from running
inner join programme_terms
    on
        running.programme = programme_terms.programme
        and running.source_system = programme_terms.source_system
