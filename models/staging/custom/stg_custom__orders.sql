-- One row per raw row of orders of every custom source, usable or not: `rejection_reason` says why
-- not. How each is read is said by var custom_orders: docs/custom_sources.md.
{{ config(
    enabled=is_on('custom_orders'),
    materialized=updated_materialization(),
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    pre_hook="{{ delete_staged('orders') }}",
) }}

{{ stage_custom('orders') }}
