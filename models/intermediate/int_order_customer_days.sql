-- One row per customer and day with an order line, in the columns of int_customer_days.
-- Additive: an order, a return and a product count on their first day only.
-- A free line is rejected (no money moved) but names a customer: its day is a day of zeros, so that
-- whoever only ever got free goods is a customer with 0 orders.
{{ config(materialized=inlined_materialization()) }}
{%- set is_update = replaced_from() | length > 0 %}
{#- The days that are kept are read from the table itself: a CTE would copy all of it. -#}
{%- set all_lines = ref('int_order_lines') if is_update else 'order_lines' %}

with order_lines as (
    select * from {{ ref('int_order_lines') }}
    where
        customer_id is not null
        and {{ is_replaced('order_date', 'source_system') }}
),

free_lines as (
    select * from {{ ref('int_free_lines') }}
    where {{ is_replaced('order_date', 'source_system') }}
),

line_days as (
    select
        source_system,
        customer_id,
        order_date as activity_date,
        max(case when direction = 'purchase' then 1 else 0 end) as purchase_day_count,
        count(*) as source_row_count,
        cast(sum(case when direction = 'purchase' then 1 else 0 end) as bigint)
            as purchase_line_count,
        sum(case when direction = 'purchase' then line_amount else 0 end) as gross_amount,
        sum(case when direction = 'return' then -line_amount else coalesce(refunded_amount, 0) end)
            as returned_amount,
        sum(
            case
                when line_type <> 'product' then 0
                when direction = 'return' then -line_amount
                else coalesce(refunded_amount, 0)
            end
        ) as product_returned_amount
    from order_lines
    group by source_system, customer_id, order_date
),

-- Whether a day is the first of an order or a product, earlier days know that are kept.
orders as (
    select
        known_lines.source_system,
        known_lines.customer_id,
        known_lines.order_id,
        min(case when known_lines.direction = 'purchase' then known_lines.order_date end)
            as first_purchase_date,
        min(
            case
                when known_lines.direction = 'return' or known_lines.refunded_amount > 0
                    then known_lines.order_date
            end
        ) as first_return_date
    from {{ all_lines }} as known_lines
    {%- if is_update %}
    where exists (
        select 1 from order_lines
        where
            known_lines.source_system = order_lines.source_system
            and known_lines.customer_id = order_lines.customer_id
            and known_lines.order_id = order_lines.order_id
    )
    {%- endif %}
    group by known_lines.source_system, known_lines.customer_id, known_lines.order_id
),

order_days as (
    select
        source_system,
        customer_id,
        first_purchase_date as activity_date,
        count(*) as order_count
    from orders
    where first_purchase_date is not null
    group by source_system, customer_id, first_purchase_date
),

return_days as (
    select
        source_system,
        customer_id,
        first_return_date as activity_date,
        count(*) as return_count
    from orders
    where first_return_date is not null
    group by source_system, customer_id, first_return_date
),

products as (
    select
        known_lines.source_system,
        known_lines.customer_id,
        known_lines.product_id,
        min(
            case
                when known_lines.direction = 'purchase' and known_lines.line_type = 'product'
                    then known_lines.order_date
            end
        ) as first_purchase_date
    from {{ all_lines }} as known_lines
    {%- if is_update %}
    where exists (
        select 1 from order_lines
        where
            known_lines.source_system = order_lines.source_system
            and known_lines.customer_id = order_lines.customer_id
            and known_lines.product_id = order_lines.product_id
    )
    {%- else %}
    where known_lines.product_id is not null
    {%- endif %}
    group by known_lines.source_system, known_lines.customer_id, known_lines.product_id
),

product_days as (
    select
        source_system,
        customer_id,
        first_purchase_date as activity_date,
        count(*) as distinct_product_count
    from products
    where first_purchase_date is not null
    group by source_system, customer_id, first_purchase_date
),

all_days as (
    select
        source_system,
        customer_id,
        activity_date
    from line_days
    union
    select
        source_system,
        customer_id,
        order_date as activity_date
    from free_lines
)

select
    all_days.source_system,
    all_days.customer_id,
    all_days.activity_date,
    case when line_days.activity_date is null then 0 else 1 end as active_day_count,
    coalesce(line_days.purchase_day_count, 0) as purchase_day_count,
    coalesce(order_days.order_count, 0) as order_count,
    coalesce(line_days.purchase_line_count, 0) as purchase_line_count,
    coalesce(return_days.return_count, 0) as return_count,
    coalesce(product_days.distinct_product_count, 0) as distinct_product_count,
    cast(null as bigint) as interaction_count,
    cast(null as bigint) as session_count,
    cast(null as bigint) as impression_count,
    cast(null as bigint) as click_count,
    cast(null as bigint) as distinct_item_count,
    cast(coalesce(line_days.gross_amount, 0) as decimal(38, 5)) as gross_amount,
    cast(coalesce(line_days.returned_amount, 0) as decimal(38, 5)) as returned_amount,
    cast(coalesce(line_days.product_returned_amount, 0) as decimal(38, 5))
        as product_returned_amount,
    cast(null as decimal(38, 5)) as inflow_amount,
    cast(null as decimal(38, 5)) as outflow_amount,
    coalesce(line_days.source_row_count, 0) as source_row_count
from all_days
left join line_days
    on
        all_days.source_system = line_days.source_system
        and all_days.customer_id = line_days.customer_id
        and all_days.activity_date = line_days.activity_date
left join order_days
    on
        all_days.source_system = order_days.source_system
        and all_days.customer_id = order_days.customer_id
        and all_days.activity_date = order_days.activity_date
left join return_days
    on
        all_days.source_system = return_days.source_system
        and all_days.customer_id = return_days.customer_id
        and all_days.activity_date = return_days.activity_date
left join product_days
    on
        all_days.source_system = product_days.source_system
        and all_days.customer_id = product_days.customer_id
        and all_days.activity_date = product_days.activity_date
