-- One row per source system with dated events and month end: the close of each month from the
-- second one of the data on. An as-of date is the first day that is left out, so it is the first of
-- the month that follows.
{%- set months = var('history_months') %}
{%- if months is not none and (months is not integer or months < 0) %}
{{ exceptions.raise_compiler_error(
    "history_months is '" ~ months ~ "'. Give a number of month ends (0: no history), or null for all."
) }}
{%- endif %}

with as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
    where first_event_date is not null
),

spans as (
    select
        source_system,
        cast(date_trunc('month', first_event_date) + interval 2 month as date) as second_month_end,
        cast(date_trunc('month', as_of_date) as date) as last_month_end
    from as_of_dates
),

limited as (
    select
        source_system,
        {%- if months is none %}
        second_month_end as first_month_end,
        {%- else %}
        greatest(
            second_month_end,
            cast(last_month_end + interval 1 month - interval {{ months }} month as date)
        ) as first_month_end,
        {%- endif %}
        last_month_end
    from spans
),

listed as (
    select
        source_system,
        first_month_end,
        last_month_end,
        unnest(generate_series(first_month_end, last_month_end, interval 1 month)) as month_end
    from limited
)

select
    source_system,
    cast(month_end as date) as as_of_date,
    case
        when cast(month_end as date) > first_month_end
            then cast(month_end - interval 1 month as date)
    end as previous_as_of_date,
    first_month_end,
    last_month_end
from listed
