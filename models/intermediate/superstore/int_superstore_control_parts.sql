-- One row per part of the raw total of Global Superstore: where the rows and the money went.
{{ order_line_control_parts(
    'superstore', 'global_superstore', 'stg_superstore__order_lines', 'sales_amount'
) }}
