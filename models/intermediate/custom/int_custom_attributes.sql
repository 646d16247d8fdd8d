-- One row per customer of the custom sources of orders: static attributes as known at the as-of
-- date.
{{ config(enabled=is_on('custom_orders'), materialized='view') }}

with order_lines as (
    select order_lines.*
    from {{ ref('int_order_lines') }} as order_lines
    inner join {{ ref('int_custom_sources') }} as sources
        on
            order_lines.source_system = sources.source_system
            and sources.source_table = 'orders'
    where order_lines.customer_id is not null
),

-- Smallest value first, latest date second.
customer_dates as (
    select
        source_system,
        customer_id,
        order_date,
        min(country) as country,
        min(channel) as channel
    from order_lines
    group by source_system, customer_id, order_date
)

select
    source_system,
    customer_id,
    {{ latest_value('country', 'order_date') }} as country,
    {{ latest_value('channel', 'order_date') }} as channel
from customer_dates
group by source_system, customer_id
