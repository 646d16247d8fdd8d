-- One row per customer and day of the custom sources with interactions, in the columns of
-- int_customer_days: their interactions, and their orders where the business has both.
{{ config(enabled=is_on('custom_interactions'), materialized=inlined_materialization()) }}
{%- set systems_with = {'click_types': [], 'impression_types': []} %}
{%- for source in active_custom_sources('interactions') %}
{%- for setting, systems in systems_with.items() if source[setting] is not none %}
{%- do systems.append(source.source_system) %}
{%- endfor %}
{%- endfor %}

with interaction_days as (
    select * from {{ ref('int_custom_interaction_days') }}
),

-- Asked of all days, also of those that are kept.
systems_with_items as (
    select distinct interactions.source_system
    from {{ ref('int_custom_interactions') }} as interactions
    inner join {{ ref('int_as_of_dates') }} as as_of_dates
        on
            interactions.source_system = as_of_dates.source_system
            and interactions.interaction_date < as_of_dates.as_of_date
    where interactions.customer_id is not null and interactions.item is not null
),

-- A fact that the business does not record is null.
sources as (
    select
        sources.source_system,
        {{ custom_in('sources.source_system', active_custom_systems('orders')) }} as has_orders,
        {{ custom_in('sources.source_system', systems_with.click_types) }} as has_clicks,
        {{ custom_in('sources.source_system', systems_with.impression_types) }}
            as has_impressions,
        systems_with_items.source_system is not null as has_items
    from {{ ref('int_custom_sources') }} as sources
    left join systems_with_items
        on sources.source_system = systems_with_items.source_system
    where sources.source_table = 'interactions'
),

order_days as (
    select * from {{ ref('int_order_customer_days') }}
),

all_days as (
    select
        source_system,
        customer_id,
        activity_date
    from interaction_days
    union
    select
        order_days.source_system,
        order_days.customer_id,
        order_days.activity_date
    from order_days
    inner join sources
        on order_days.source_system = sources.source_system
)

-- A day without orders is a day with 0 of them where the business has orders at all, and the same
-- for everything else that can be counted.
select
    all_days.source_system,
    all_days.customer_id,
    all_days.activity_date,
    case
        when interaction_days.interaction_count > 0 then 1
        else order_days.active_day_count
    end as active_day_count,
    {%- for column in [
        'purchase_day_count', 'order_count', 'purchase_line_count', 'return_count',
        'distinct_product_count',
    ] %}
    case when sources.has_orders then coalesce(order_days.{{ column }}, 0) end
        as {{ column }},
    {%- endfor %}
    coalesce(interaction_days.interaction_count, 0) as interaction_count,
    coalesce(interaction_days.session_count, 0) as session_count,
    {%- for fact, column in {
        'has_impressions': 'impression_count',
        'has_clicks': 'click_count',
        'has_items': 'distinct_item_count',
    }.items() %}
    case when sources.{{ fact }} then coalesce(interaction_days.{{ column }}, 0) end
        as {{ column }},
    {%- endfor %}
    {%- for column in ['gross_amount', 'returned_amount', 'product_returned_amount'] %}
    case
        when sources.has_orders
            then cast(coalesce(order_days.{{ column }}, 0) as decimal(38, 5))
    end as {{ column }},
    {%- endfor %}
    cast(null as decimal(38, 5)) as inflow_amount,
    cast(null as decimal(38, 5)) as outflow_amount,
    case when sources.has_orders then coalesce(order_days.source_row_count, 0) end
        as source_row_count
from all_days
inner join sources
    on all_days.source_system = sources.source_system
left join interaction_days
    on
        all_days.source_system = interaction_days.source_system
        and all_days.customer_id = interaction_days.customer_id
        and all_days.activity_date = interaction_days.activity_date
left join order_days
    on
        all_days.source_system = order_days.source_system
        and all_days.customer_id = order_days.customer_id
        and all_days.activity_date = order_days.activity_date
