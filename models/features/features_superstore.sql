-- One row per customer of Global Superstore with at least one order: the input of
-- superstore_bisecting. How recently, how often and how much, what, how urgent, how delivered, at
-- which discount and profit.
{{ config(enabled=is_on('superstore')) }}
{#- Orders are counted that have at least one such line. -#}
{%- set order_counts = {
    'furniture_order_count': "category = 'Furniture'",
    'office_supplies_order_count': "category = 'Office Supplies'",
    'technology_order_count': "category = 'Technology'",
    'critical_priority_order_count': "order_priority = 'Critical'",
    'high_priority_order_count': "order_priority = 'High'",
    'medium_priority_order_count': "order_priority = 'Medium'",
    'low_priority_order_count': "order_priority = 'Low'",
    'same_day_order_count': "ship_mode = 'Same Day'",
    'first_class_order_count': "ship_mode = 'First Class'",
    'second_class_order_count': "ship_mode = 'Second Class'",
    'standard_class_order_count': "ship_mode = 'Standard Class'",
} %}

with superstore_lines as (
    select * from {{ ref('int_superstore_lines') }}
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
),

customer_measures as (
    select * from {{ ref('int_customer_measures') }}
    where behaviour = 'orders'
),

customer_totals as (
    select * from {{ ref('int_customer_totals') }}
),

known_lines as (
    select
        superstore_lines.*,
        -- The day of a delivery to come is not known yet.
        case
            when superstore_lines.ship_date < as_of_dates.as_of_date
                then
                    {{ days_between('superstore_lines.order_date', 'superstore_lines.ship_date') }}
        end as shipping_delay_days
    from superstore_lines
    inner join as_of_dates
        on superstore_lines.source_system = as_of_dates.source_system
    where superstore_lines.order_date < as_of_dates.as_of_date
),

customer_lines as (
    select
        source_system,
        customer_id,
        sum(quantity) as unit_count,
        {%- for name, condition in order_counts.items() %}
        count(distinct case when {{ condition }} then order_id end) as {{ name }},
        {%- endfor %}
        cast({{ exact_mean('discount_rate') }} as decimal(18, 6)) as mean_discount_rate,
        {{ ratio('sum(profit_amount)', 'sum(line_amount)', 'decimal(18, 6)') }} as profit_margin,
        cast({{ exact_mean('shipping_delay_days') }} as decimal(18, 6)) as mean_shipping_delay_days
    from known_lines
    where customer_id is not null
    group by source_system, customer_id
),

measured as (
    select
        customer_measures.source_system,
        customer_measures.customer_id,
        customer_measures.as_of_date,
        customer_measures.recency_days,
        customer_measures.frequency as order_count,
        customer_measures.monetary_amount,
        {{ days_between('customer_totals.first_purchase_date', 'customer_totals.as_of_date') }}
            as days_since_first_order,
        {{ ratio('customer_totals.gross_amount', 'customer_totals.order_count') }}
            as mean_order_amount,
        customer_totals.purchase_line_count,
        customer_lines.unit_count,
        customer_totals.distinct_product_count,
        {%- for name in order_counts %}
        customer_lines.{{ name }},
        {%- endfor %}
        customer_lines.mean_discount_rate,
        customer_lines.profit_margin,
        customer_lines.mean_shipping_delay_days
    from customer_measures
    inner join customer_totals
        on
            customer_measures.source_system = customer_totals.source_system
            and customer_measures.customer_id = customer_totals.customer_id
    inner join customer_lines
        on
            customer_measures.source_system = customer_lines.source_system
            and customer_measures.customer_id = customer_lines.customer_id
)

select
    source_system,
    customer_id,
    as_of_date,
    recency_days,
    order_count,
    monetary_amount,
    days_since_first_order,
    mean_order_amount,
    purchase_line_count,
    unit_count,
    distinct_product_count,
    {%- for name in order_counts %}
    {{ name }},
    {%- endfor %}
    mean_discount_rate,
    profit_margin,
    mean_shipping_delay_days,
    true as is_in_fit,
    {{ log1p_feature('recency_days') }} as recency_log,
    {{ log1p_feature('order_count') }} as frequency_log,
    {{ log1p_feature('monetary_amount') }} as monetary_log,
    {{ log1p_feature('days_since_first_order') }} as first_order_log,
    {{ log1p_feature('mean_order_amount') }} as mean_order_amount_log,
    {{ log1p_feature('purchase_line_count') }} as purchase_line_log,
    {{ log1p_feature('unit_count') }} as unit_log,
    {{ log1p_feature('distinct_product_count') }} as distinct_product_log,
    {%- for name in order_counts %}
    {{ log1p_feature(name) }} as {{ name | replace('_count', '_log') }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from measured
order by source_system, customer_id
