-- One row per customer and behaviour that can be scored or fitted: `orders` (at least one order)
-- and `interactions` (at least one session). The recency, frequency, monetary and engagement that
-- every score and every fit uses, and by which settings. `is_scored` marks the behaviour that
-- scores use: orders where the source system has them.
{%- set window_days = var('activity_window_days') %}

with customer_totals as (
    select * from {{ ref('int_customer_totals') }}
)

select
    source_system,
    customer_id,
    as_of_date,
    'orders' as behaviour,
    true as is_scored,
    {{ days_between('last_purchase_date', 'as_of_date') }} as recency_days,
    order_count_in_window as frequency,
    monetary_amount_in_window as monetary_amount,
    active_days_90d as engagement,
    case when monetary_amount_in_window is not null then '{{ var("monetary_measure") }}' end
        as monetary_measure,
    cast({{ window_days if window_days is not none else 'null' }} as integer)
        as activity_window_days
from customer_totals
where order_count > 0
union all
select
    source_system,
    customer_id,
    as_of_date,
    'interactions' as behaviour,
    order_count is null as is_scored,
    {{ days_between('last_interaction_date', 'as_of_date') }} as recency_days,
    interaction_count_in_window as frequency,
    cast(null as decimal(38, 5)) as monetary_amount,
    session_count_in_window as engagement,
    cast(null as {{ dbt.type_string() }}) as monetary_measure,
    cast({{ window_days if window_days is not none else 'null' }} as integer)
        as activity_window_days
from customer_totals
where session_count > 0
