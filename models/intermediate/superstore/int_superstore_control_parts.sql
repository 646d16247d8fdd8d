-- One row per part of the raw total of Global Superstore: where the rows and the money went.
{{ config(enabled=is_on('superstore'), materialized='view') }}

{%- set staged_lines %}
select
    'superstore' as source_system,
    sales_amount as amount,
    rejection_reason
from {{ ref('stg_superstore__order_lines') }}
{%- endset %}
{{ order_line_control_parts(
    ['superstore'], 'global_superstore', staged_lines, 'int_superstore_lines'
) }}
