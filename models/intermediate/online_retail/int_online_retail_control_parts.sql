-- One row per part of the raw total of Online Retail: where the rows and the money went.
{{ config(enabled=is_on('online_retail'), materialized='view') }}

{%- set staged_lines %}
select
    'online_retail' as source_system,
    line_amount as amount,
    rejection_reason
from {{ ref('stg_online_retail__invoice_lines') }}
{%- endset %}
{{ order_line_control_parts(
    ['online_retail'], 'online_retail', staged_lines, 'int_online_retail_lines'
) }}
