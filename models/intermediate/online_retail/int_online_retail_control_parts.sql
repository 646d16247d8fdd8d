-- One row per part of the raw total of Online Retail: where the rows and the money went.
{{ order_line_control_parts(
    'online_retail', 'online_retail', 'stg_online_retail__invoice_lines', 'line_amount'
) }}
