-- One row per raw invoice line of Online Retail, usable or not: `rejection_reason` says why not.
{{ config(enabled=is_on('online_retail'), materialized=staging_materialization('online_retail')) }}

with raw_lines as (
    select * from {{ raw_records('online_retail', 'online_retail') }}
),

typed as (
    select
        {{ cell('"InvoiceNo"') }} as invoice_no,
        {{ cell('"StockCode"') }} as stock_code,
        {{ cell('"Description"') }} as description,
        {{ parse_integer('"Quantity"') }} as quantity,
        {{ parse_timestamp('"InvoiceDate"', ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M', '%Y-%m-%d']) }}
            as invoiced_at,
        {{ parse_decimal('"UnitPrice"') }} as unit_price,
        {{ identifier('"CustomerID"') }} as customer_id,
        {{ cell('"Country"') }} as country,
        {{ cell('"Quantity"') }} as quantity_text,
        {{ cell('"InvoiceDate"') }} as invoice_date_text,
        {{ cell('"UnitPrice"') }} as unit_price_text,
        row_number() over (
            partition by
                "InvoiceNo", "StockCode", "Description", "Quantity",
                "InvoiceDate", "UnitPrice", "CustomerID", "Country"
            order by source_file
        ) as copy_number,
        source_file,
        line_count,
        raw_row
    from raw_lines
),

valued as (
    select
        *,
        try_cast(quantity * unit_price as decimal(18, 5)) as line_amount
    from typed
),

judged as (
    select
        *,
        case
            when
                invoice_no is null or quantity_text is null
                or invoice_date_text is null or unit_price_text is null
                then 'missing_value'
            when quantity is null or unit_price is null then 'invalid_number'
            when invoiced_at is null then 'invalid_date'
            when {{ is_implausible('cast(invoiced_at as date)') }} then 'implausible_date'
            when line_amount is null then 'amount_out_of_range'
            when invoice_no like 'A%' then 'adjustment'
            when unit_price = 0 then 'no_price'
            when unit_price < 0 then 'negative_price'
            when quantity = 0 then 'no_quantity'
            when invoice_no like 'C%' and quantity > 0 then 'positive_cancellation'
            {%- if var('reject_duplicate_lines') %}
            when copy_number > 1 then 'duplicate_line'
            {%- endif %}
        end as rejection_reason
    from valued
)

select
    invoice_no,
    stock_code,
    description,
    customer_id,
    country,
    invoiced_at,
    quantity,
    unit_price,
    line_amount,
    copy_number > 1 as is_duplicate_line,
    source_file,
    line_count,
    case when rejection_reason is not null then raw_row end as raw_row,
    rejection_reason
from judged
