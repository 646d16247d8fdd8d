-- One row per customer and month end, from the first one on that has a day of theirs behind it: the
-- sums that int_customer_totals has as of that date. Counted at the month ends where something
-- changes: a day enters at the close of its month and leaves a window of days at the first close
-- that lies further away, so windows are exact to the day.
{%- set window_days = var('activity_window_days') %}
{#- column: what is summed, over how many days, as what type. -#}
{%- set sums = {
    'order_count': ['order_count', none, 'bigint'],
    'session_count': ['session_count', none, 'bigint'],
    'net_amount': ['net_amount', none, 'decimal(38, 5)'],
    'active_days_90d': ['active_day_count', 90, 'bigint'],
    'order_count_in_window': ['order_count', window_days, 'bigint'],
    'interaction_count_in_window': ['interaction_count', window_days, 'bigint'],
    'session_count_in_window': ['session_count', window_days, 'bigint'],
    'monetary_amount_in_window': [var('monetary_measure'), window_days, 'decimal(38, 5)'],
} %}
{%- set latest = ['last_purchase_date', 'last_interaction_date'] %}
{%- set windows = [] %}
{%- for column, days, data_type in sums.values() if days is not none and days not in windows %}
{%- do windows.append(days) %}
{%- endfor %}

with customer_days as (
    select
        *,
        gross_amount - returned_amount as net_amount,
        case when purchase_day_count > 0 then activity_date end as last_purchase_date,
        case when session_count > 0 or interaction_count > 0 then activity_date end
            as last_interaction_date
    from {{ ref('int_customer_days') }}
),

month_ends as (
    select * from {{ ref('month_ends') }}
),

histories as (
    select distinct
        source_system,
        first_month_end,
        last_month_end
    from month_ends
),

changes as (
    select
        customer_days.source_system,
        customer_days.customer_id,
        greatest(
            histories.first_month_end,
            cast(date_trunc('month', customer_days.activity_date) + interval 1 month as date)
        ) as as_of_date,
        {%- for name in latest %}
        customer_days.{{ name }},
        {%- endfor %}
        {%- for name, (column, days, data_type) in sums.items() %}
        customer_days.{{ column }}{{ ' as ' ~ name if name != column }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from customer_days
    inner join histories
        on customer_days.source_system = histories.source_system
    where customer_days.activity_date < histories.last_month_end
    {%- for window in windows %}
    union all
    select
        customer_days.source_system,
        customer_days.customer_id,
        greatest(
            histories.first_month_end,
            cast(
                date_trunc('month', customer_days.activity_date + {{ window }}) + interval 1 month
                as date
            )
        ) as as_of_date,
        {%- for name in latest %}
        null as {{ name }},
        {%- endfor %}
        {%- for name, (column, days, data_type) in sums.items() %}
        {{ '-customer_days.' ~ column if days == window else 'null' }} as {{ name }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from customer_days
    inner join histories
        on customer_days.source_system = histories.source_system
    where customer_days.activity_date + {{ window }} < histories.last_month_end
    {%- endfor %}
),

changed_months as (
    select
        source_system,
        customer_id,
        as_of_date,
        {%- for name in latest %}
        max({{ name }}) as {{ name }},
        {%- endfor %}
        {%- for name, (column, days, data_type) in sums.items() %}
        sum({{ name }}) as {{ name }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from changes
    group by source_system, customer_id, as_of_date
),

running as (
    select
        source_system,
        customer_id,
        as_of_date as from_month_end,
        {%- for name in latest %}
        max({{ name }}) over (
            partition by source_system, customer_id
            order by as_of_date
            rows between unbounded preceding and current row
        ) as {{ name }},
        {%- endfor %}
        {%- for name, (column, days, data_type) in sums.items() %}
        sum({{ name }}) over (
            partition by source_system, customer_id
            order by as_of_date
            rows between unbounded preceding and current row
        ) as {{ name }},
        {%- endfor %}
        lead(as_of_date) over (
            partition by source_system, customer_id order by as_of_date
        ) as next_change
    from changed_months
)

select
    running.source_system,
    running.customer_id,
    month_ends.as_of_date,
    {%- for name in latest %}
    running.{{ name }},
    {%- endfor %}
    {%- for name, (column, days, data_type) in sums.items() %}
    cast(running.{{ name }} as {{ data_type }}) as {{ name }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from running
inner join month_ends
    on
        running.source_system = month_ends.source_system
        and running.from_month_end <= month_ends.as_of_date
        and (running.next_change is null or running.next_change > month_ends.as_of_date)
