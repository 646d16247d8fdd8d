-- One row per customer of Global Superstore: static attributes as known at the as-of date.
{{ config(enabled=is_on('superstore'), materialized='view') }}

with order_lines as (
    select * from {{ ref('stg_superstore__order_lines') }}
    where rejection_reason is null and customer_id is not null
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
    where source_system = 'superstore'
),

-- Smallest value first, latest date second: customers order to several countries.
customer_dates as (
    select
        order_lines.customer_id,
        order_lines.order_date,
        min(order_lines.customer_name) as customer_name,
        min(order_lines.customer_type) as customer_type,
        min(order_lines.country) as country,
        min(order_lines.market) as market,
        min(order_lines.region) as region
    from order_lines
    inner join as_of_dates
        on order_lines.order_date < as_of_dates.as_of_date
    group by order_lines.customer_id, order_lines.order_date
)

select
    'superstore' as source_system,
    customer_id,
    {{ latest_value('customer_name', 'order_date') }} as customer_name,
    {{ latest_value('customer_type', 'order_date') }} as customer_type,
    {{ latest_value('country', 'order_date') }} as country,
    {{ latest_value('market', 'order_date') }} as market,
    {{ latest_value('region', 'order_date') }} as region
from customer_dates
group by customer_id
