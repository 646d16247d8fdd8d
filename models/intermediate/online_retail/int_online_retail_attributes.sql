-- One row per customer of Online Retail: static attributes as known at the as-of date.
{{ config(enabled=is_on('online_retail'), materialized='view') }}

with order_lines as (
    select * from {{ ref('int_order_lines') }}
    where source_system = 'online_retail' and customer_id is not null
),

-- Smallest value first, latest date second: 8 customers have two countries.
customer_dates as (
    select
        customer_id,
        order_date,
        min(country) as country
    from order_lines
    group by customer_id, order_date
)

select
    'online_retail' as source_system,
    customer_id,
    {{ latest_value('country', 'order_date') }} as country
from customer_dates
group by customer_id
