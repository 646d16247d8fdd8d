-- One row per part of the raw total of each custom source of orders: where the rows and the money
-- went.
{{ config(enabled=is_on('custom_orders'), materialized='view') }}
{%- set staged_lines %}
select
    source_system,
    line_amount - refunded_amount as amount,
    rejection_reason
from {{ ref('stg_custom__orders') }}
{%- endset %}

{{ order_line_control_parts(
    active_custom_systems('orders'),
    'orders', staged_lines, 'int_custom_lines'
) }}
