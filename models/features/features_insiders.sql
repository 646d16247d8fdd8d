-- One row per customer of Online Retail with any line: the input of insiders. The 14 measures of
-- the Insiders write-up by its own rules, which count other lines than the customer marts do.
{{ config(enabled=is_on('online_retail')) }}
{#- Feature by the measure it is the logarithm of. -#}
{%- set logs = {
    'recency_log': 'recency_days',
    'days_between_purchases_log': 'mean_days_between_purchases',
    'frequency_log': 'order_count',
    'purchase_span_log': 'purchase_span_days',
    'orders_per_day_log': 'orders_per_day',
    'monetary_log': 'net_amount',
    'ticket_log': 'mean_ticket_amount',
    'unit_log': 'net_unit_count',
    'basket_unit_log': 'mean_basket_unit_count',
    'basket_product_log': 'mean_basket_product_count',
    'returned_amount_log': 'returned_amount',
    'returned_line_amount_log': 'mean_returned_line_amount',
    'return_line_log': 'return_line_count',
    'returned_unit_log': 'returned_unit_count',
} %}

with insider_lines as (
    select * from {{ ref('int_online_retail_insider_lines') }}
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
),

-- Whoever is left with no more than this was given everything back.
net_amount_limits as (
    select
        max(cast(value as decimal(18, 5))) as net_amount,
        max(reason) as reason
    from {{ ref('insiders_exclusions') }}
    where kind = 'net_amount'
),

known_lines as (
    select
        insider_lines.*,
        as_of_dates.as_of_date,
        insider_lines.exclusion_reason is null and insider_lines.is_purchase as is_bought,
        insider_lines.exclusion_reason is null and not insider_lines.is_purchase as is_returned
    from insider_lines
    inner join as_of_dates
        on insider_lines.source_system = as_of_dates.source_system
    where insider_lines.invoice_date < as_of_dates.as_of_date
),

baskets as (
    select
        source_system,
        customer_id,
        invoice_no,
        count(distinct product_id) as product_count
    from known_lines
    where is_bought
    group by source_system, customer_id, invoice_no
),

customer_baskets as (
    select
        source_system,
        customer_id,
        sum(product_count) as basket_product_count
    from baskets
    group by source_system, customer_id
),

customer_lines as (
    select
        source_system,
        customer_id,
        as_of_date,
        min(case when is_bought then invoice_date end) as first_purchase_date,
        max(case when is_bought then invoice_date end) as last_purchase_date,
        count(distinct case when is_bought then invoice_date end) as purchase_day_count,
        count(distinct case when is_bought then invoice_no end) as order_count,
        count(distinct case when is_returned then invoice_no end) as return_count,
        sum(case when is_returned then 1 else 0 end) as return_line_count,
        sum(case when is_bought then quantity else 0 end) as unit_count,
        sum(case when is_returned then -quantity else 0 end) as returned_unit_count,
        sum(case when is_bought then line_amount else 0 end) as gross_amount,
        sum(case when is_returned then -line_amount else 0 end) as returned_amount,
        min(customer_exclusion_reason) as customer_exclusion_reason,
        min(exclusion_reason) as line_exclusion_reason
    from known_lines
    group by source_system, customer_id, as_of_date
),

totals as (
    select
        customer_lines.source_system,
        customer_lines.customer_id,
        customer_lines.as_of_date,
        {{ days_between('customer_lines.last_purchase_date', 'customer_lines.as_of_date') }}
            as recency_days,
        {{ days_between(
            'customer_lines.first_purchase_date', 'customer_lines.last_purchase_date'
        ) }} as days_from_first_to_last,
        customer_lines.purchase_day_count,
        customer_lines.order_count,
        customer_lines.return_count,
        customer_lines.gross_amount - customer_lines.returned_amount as net_amount,
        customer_lines.unit_count - customer_lines.returned_unit_count as net_unit_count,
        customer_baskets.basket_product_count,
        customer_lines.returned_amount,
        customer_lines.return_line_count,
        customer_lines.returned_unit_count,
        customer_lines.customer_exclusion_reason,
        customer_lines.line_exclusion_reason
    from customer_lines
    left join customer_baskets
        on
            customer_lines.source_system = customer_baskets.source_system
            and customer_lines.customer_id = customer_baskets.customer_id
),

spans as (
    select
        *,
        -- Who bought on one day only has no span yet: the days since then stand for it.
        case
            when purchase_day_count > 1 then days_from_first_to_last else recency_days
        end as purchase_span_days
    from totals
),

measured as (
    select
        spans.source_system,
        spans.customer_id,
        spans.as_of_date,
        spans.recency_days,
        coalesce(
            {{ ratio(
                'spans.days_from_first_to_last', 'spans.purchase_day_count - 1', 'decimal(18, 6)'
            ) }},
            0
        ) as mean_days_between_purchases,
        spans.order_count,
        spans.purchase_span_days,
        {{ ratio('spans.order_count', 'spans.purchase_span_days', 'decimal(18, 6)') }}
            as orders_per_day,
        spans.net_amount,
        {{ ratio('spans.net_amount', 'spans.order_count', 'decimal(18, 6)') }}
            as mean_ticket_amount,
        spans.net_unit_count,
        {{ ratio(
            'spans.net_unit_count', 'spans.order_count + spans.return_count', 'decimal(18, 6)'
        ) }} as mean_basket_unit_count,
        {{ ratio('spans.basket_product_count', 'spans.order_count', 'decimal(18, 6)') }}
            as mean_basket_product_count,
        spans.returned_amount,
        coalesce(
            {{ ratio('spans.returned_amount', 'spans.return_line_count', 'decimal(18, 6)') }}, 0
        ) as mean_returned_line_amount,
        spans.return_line_count,
        spans.returned_unit_count,
        case
            when spans.customer_exclusion_reason is not null
                then spans.customer_exclusion_reason
            when spans.order_count = 0 then coalesce(spans.line_exclusion_reason, 'No purchase')
            when spans.net_amount <= net_amount_limits.net_amount then net_amount_limits.reason
        end as exclusion_reason
    from spans
    cross join net_amount_limits
)

select
    source_system,
    customer_id,
    as_of_date,
    recency_days,
    mean_days_between_purchases,
    order_count,
    purchase_span_days,
    orders_per_day,
    net_amount,
    mean_ticket_amount,
    net_unit_count,
    mean_basket_unit_count,
    mean_basket_product_count,
    returned_amount,
    mean_returned_line_amount,
    return_line_count,
    returned_unit_count,
    exclusion_reason,
    exclusion_reason is null as is_in_fit,
    {%- for feature, measure in logs.items() %}
    {{ log1p_feature(measure) }} as {{ feature }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from measured
order by source_system, customer_id
