-- One row per programme and source system that is on: the rule, and the month ends that it is asked
-- of. A rule that cannot be followed stops the build and is named, with what to change.
{%- set known = known_source_systems() %}
{%- set on = source_systems() %}
{%- set selling = ['online_retail', 'superstore', 'bank'] + active_custom_systems('orders') %}

with programme_rules as (
    select * from {{ ref('programme_rules') }}
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
),

numbered as (
    select
        *,
        concat_ws(' of ', programme, source_system) as rule_name,
        count(*) over (partition by programme, source_system) as rule_count
    from programme_rules
),

judged as (
    select
        *,
        case
            when programme is null or source_system is null
                then 'programme and source_system name the rule; fill both in.'
            when rule_count > 1
                then 'there are several; a programme has one rule per source system.'
            when not {{ custom_in('source_system', known) }}
                then 'this is no source system. Known: {{ known | join(", ") }}.'
            when
                {{ custom_in('source_system', on) }}
                and not {{ custom_in('source_system', selling) }}
                then 'this source system has no orders to count; name one that sells.'
            when orders_enter_from is null and amount_enter_from is null
                then 'nothing is asked; set orders_enter_from or amount_enter_from.'
            when (orders_enter_from is null) <> (orders_leave_below is null)
                then 'set both orders_enter_from and orders_leave_below, or neither.'
            when orders_enter_from <= 0 or orders_leave_below >= orders_enter_from
                then
                    'a member has to be able to fall: orders_enter_from above 0, orders_leave_below'
                    ' below it.'
            when (amount_enter_from is null) <> (amount_leave_below is null)
                then 'set both amount_enter_from and amount_leave_below, or neither.'
            when amount_enter_from <= 0 or amount_leave_below >= amount_enter_from
                then
                    'a member has to be able to fall: amount_enter_from above 0, amount_leave_below'
                    ' below it.'
            when
                amount_enter_from is not null
                and coalesce(amount_measure not in ('net_amount', 'gross_amount'), true)
                then 'amount_measure says which amount is counted: net_amount or gross_amount.'
            when window_days not between 31 and 3660
                then 'window_days is 31 to 3660, or empty for the lifetime.'
            when months_below is null or months_below not between 1 and 120
                then 'months_below is 1 to 120.'
            when minimum_stay_months is null or minimum_stay_months not between 0 and 120
                then 'minimum_stay_months is 0 to 120.'
        end as problem
    from numbered
    -- A rule waits for its source system to be switched on.
    where
        {{ custom_in('source_system', on) }}
        or not {{ custom_in('source_system', known) }}
),

checked as (
    select
        *,
        concat('programme_rules.csv, ', rule_name, ': ', problem) as message
    from judged
)

select
    case
        when checked.problem is null then checked.programme
        else cast({{ raise_error('checked.message') }} as varchar)
    end as programme,
    checked.source_system,
    checked.window_days,
    checked.orders_enter_from,
    checked.orders_leave_below,
    checked.amount_measure,
    checked.amount_enter_from,
    checked.amount_leave_below,
    checked.months_below,
    checked.minimum_stay_months,
    as_of_dates.as_of_date,
    cast(date_trunc('month', as_of_dates.as_of_date) as date) as last_month_end,
    cast(date_trunc('month', as_of_dates.as_of_date) + interval 1 month as date) as next_month_end,
    -- By then every day has left the window, and whoever has to leave has left.
    cast(
        date_trunc('month', as_of_dates.as_of_date + coalesce(checked.window_days, 0))
        + (1 + checked.months_below + checked.minimum_stay_months) * interval 1 month
        as date
    ) as last_idle_month_end
from checked
left join as_of_dates
    on checked.source_system = as_of_dates.source_system
