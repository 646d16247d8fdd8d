-- One row per invoice line that names a customer, as the segmentation insiders counts it: lines
-- without a price are there, too, and `exclusion_reason` says why a line does not count.
{{ config(enabled=is_on('online_retail'), materialized='view') }}

with invoice_lines as (
    select * from {{ ref('stg_online_retail__invoice_lines') }}
    where
        customer_id is not null
        and (rejection_reason is null or rejection_reason = 'no_price')
        and not (is_duplicate_line and {{ var('reject_duplicate_lines') | string | lower }})
),

exclusions as (
    select * from {{ ref('insiders_exclusions') }}
)

select
    'online_retail' as source_system,
    invoice_lines.customer_id,
    invoice_lines.invoice_no,
    cast(invoice_lines.invoiced_at as date) as invoice_date,
    upper(invoice_lines.stock_code) as product_id,
    invoice_lines.quantity,
    invoice_lines.line_amount,
    invoice_lines.quantity >= 0 as is_purchase,
    excluded_customers.reason as customer_exclusion_reason,
    coalesce(
        excluded_customers.reason,
        excluded_countries.reason,
        excluded_codes.reason,
        -- Products have numbers; what has none is a charge or a correction.
        case
            when
                invoice_lines.stock_code is null
                or translate(invoice_lines.stock_code, '0123456789', '') = invoice_lines.stock_code
                then 'Stock code without a digit'
        end
    ) as exclusion_reason
from invoice_lines
left join exclusions as excluded_customers
    on
        excluded_customers.kind = 'customer'
        and invoice_lines.customer_id = excluded_customers.value
left join exclusions as excluded_countries
    on
        excluded_countries.kind = 'country'
        and invoice_lines.country = excluded_countries.value
left join exclusions as excluded_codes
    on
        excluded_codes.kind = 'stock_code'
        and upper(invoice_lines.stock_code) = excluded_codes.value
