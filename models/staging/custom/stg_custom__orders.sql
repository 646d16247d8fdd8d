-- One row per raw row of orders of every custom source, usable or not: `rejection_reason` says why
-- not. How each is read is said by var custom_orders: docs/custom_sources.md.
{{ config(enabled=is_on('custom_orders'), materialized='table') }}

{{ stage_custom('orders') }}
