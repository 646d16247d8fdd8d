-- One row per valid order line or interaction of the custom sources: when it happened.
{{ config(enabled=is_on('custom'), materialized='view') }}
{%- set events = [] %}
{%- if is_on('custom_orders') %}
{%- do events.append([ref('int_custom_lines'), 'order_date']) %}
{%- endif %}
{%- if is_on('custom_interactions') %}
{%- do events.append([ref('int_custom_interactions'), 'interaction_date']) %}
{%- endif %}

{% for relation, date_column in events -%}
select
    source_system,
    {{ date_column }} as event_date
from {{ relation }}
{%- if not loop.last %}
union all
{%- endif %}
{% endfor %}
