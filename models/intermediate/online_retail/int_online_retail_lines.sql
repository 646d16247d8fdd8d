-- One row per valid invoice line of Online Retail, guests included, in the columns of
-- int_order_lines.
{{ config(enabled=is_on('online_retail'), materialized='view') }}

with invoice_lines as (
    select * from {{ ref('stg_online_retail__invoice_lines') }}
),

charge_codes as (
    select * from {{ ref('online_retail_charge_codes') }}
)

select
    'online_retail' as source_system,
    invoice_lines.customer_id,
    invoice_lines.invoice_no as order_id,
    cast(invoice_lines.invoiced_at as date) as order_date,
    invoice_lines.invoiced_at as ordered_at,
    -- The publisher writes 112 codes in both letter cases; they are the same products.
    upper(invoice_lines.stock_code) as product_id,
    invoice_lines.description as product_name,
    cast(null as {{ dbt.type_string() }}) as category,
    case when charge_codes.stock_code is null then 'product' else 'charge' end as line_type,
    case
        when invoice_lines.invoice_no like 'C%' or invoice_lines.quantity < 0 then 'return'
        else 'purchase'
    end as direction,
    cast(invoice_lines.quantity as decimal(18, 5)) as quantity,
    invoice_lines.unit_price,
    invoice_lines.line_amount,
    cast(null as decimal(18, 5)) as refunded_amount,
    invoice_lines.is_duplicate_line,
    invoice_lines.country,
    cast(null as {{ dbt.type_string() }}) as channel,
    cast(null as date) as ship_date
from invoice_lines
left join charge_codes
    on upper(invoice_lines.stock_code) = charge_codes.stock_code
where invoice_lines.rejection_reason is null
