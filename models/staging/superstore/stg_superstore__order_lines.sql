-- One row per raw order line of Global Superstore, usable or not: `rejection_reason` says why not.
{{ config(enabled=is_on('superstore'), materialized=staging_materialization('superstore')) }}

-- The published file mixes `D/M/YYYY` and `DD-MM-YYYY`, both day first; a Parquet copy has ISO
-- dates.
{%- set date_formats = ['%d/%m/%Y', '%d-%m-%Y', '%Y-%m-%d', '%Y-%m-%d %H:%M:%S'] %}

with raw_lines as (
    select * from {{ raw_records('superstore', 'global_superstore') }}
),

typed as (
    select
        {{ cell('"Row ID"') }} as row_number_id,
        {{ cell('"Order ID"') }} as order_id,
        {{ cell('"Order Date"') }} as order_date_text,
        {{ parse_date('"Order Date"', date_formats) }} as order_date,
        {{ cell('"Ship Date"') }} as ship_date_text,
        {{ parse_date('"Ship Date"', date_formats) }} as ship_date,
        {{ cell('"Ship Mode"') }} as ship_mode,
        {{ identifier('"Customer ID"') }} as customer_id,
        {{ cell('"Customer Name"') }} as customer_name,
        {{ cell('"Segment"') }} as customer_type,
        {{ cell('"City"') }} as city,
        {{ cell('"State"') }} as state,
        {{ cell('"Country"') }} as country,
        {{ cell('"Postal Code"') }} as postal_code,
        {{ cell('"Market"') }} as market,
        {{ cell('"Region"') }} as region,
        {{ cell('"Product ID"') }} as product_id,
        {{ cell('"Category"') }} as category,
        {{ cell('"Sub-Category"') }} as sub_category,
        -- A non-breaking space would make two products of one.
        trim(replace("Product Name", chr(160), ' ')) as product_name,
        {{ cell('"Sales"') }} as sales_text,
        {{ parse_decimal('"Sales"') }} as sales_amount,
        {{ cell('"Quantity"') }} as quantity_text,
        {{ parse_integer('"Quantity"') }} as quantity,
        {{ cell('"Discount"') }} as discount_text,
        {{ parse_decimal('"Discount"') }} as discount_rate,
        {{ cell('"Profit"') }} as profit_text,
        {{ parse_decimal('"Profit"') }} as profit_amount,
        {{ cell('"Shipping Cost"') }} as shipping_cost_text,
        {{ parse_decimal('"Shipping Cost"') }} as shipping_cost_amount,
        {{ cell('"Order Priority"') }} as order_priority,
        source_file,
        line_count,
        raw_row
    from raw_lines
),

numbered as (
    select
        *,
        row_number() over (
            partition by
                order_id, order_date, ship_date, ship_mode, customer_id, customer_name,
                customer_type, city, state, country, postal_code, market, region, product_id,
                category, sub_category, product_name, sales_amount, quantity, discount_rate,
                profit_amount, shipping_cost_amount, order_priority
            order by row_number_id
        ) as copy_number
    from typed
),

judged as (
    select
        *,
        case
            when
                row_number_id is null or order_id is null or order_date_text is null
                or sales_text is null or quantity_text is null
                then 'missing_value'
            when
                sales_amount is null
                or quantity is null
                or (discount_text is not null and discount_rate is null)
                or (profit_text is not null and profit_amount is null)
                or (shipping_cost_text is not null and shipping_cost_amount is null)
                then 'invalid_number'
            when order_date is null or (ship_date_text is not null and ship_date is null)
                then 'invalid_date'
            when {{ is_implausible('order_date') }} or {{ is_implausible('ship_date') }}
                then 'implausible_date'
            when sales_amount = 0 then 'no_price'
            when sales_amount < 0 then 'negative_price'
            when quantity <= 0 then 'no_quantity'
            {%- if var('reject_duplicate_lines') %}
            when copy_number > 1 then 'duplicate_line'
            {%- endif %}
        end as row_problem
    from numbered
),

decided as (
    {{ one_per_id('judged', 'row_number_id', 'order_date') }}
)

select
    row_number_id as row_id,
    order_id,
    customer_id,
    customer_name,
    customer_type,
    city,
    state,
    country,
    postal_code,
    market,
    region,
    product_id,
    product_name,
    category,
    sub_category,
    ship_mode,
    order_priority,
    order_date,
    ship_date,
    quantity,
    sales_amount,
    discount_rate,
    profit_amount,
    shipping_cost_amount,
    copy_number > 1 as is_duplicate_line,
    source_file,
    line_count,
    case when rejection_reason is not null then raw_row end as raw_row,
    rejection_reason
from decided
