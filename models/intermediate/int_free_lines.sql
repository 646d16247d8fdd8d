-- One row per line without a price that names a customer, before the as-of date.
{{ config(materialized='view') }}

with free_lines as (
    {{ union_systems(
        {
            'online_retail': 'int_online_retail_free_lines',
            'superstore': 'int_superstore_free_lines',
            'custom_orders': 'int_custom_free_lines',
        },
        {'source_system': 'varchar', 'customer_id': 'varchar', 'order_date': 'date'},
    ) }}
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
)

select
    free_lines.source_system,
    free_lines.customer_id,
    free_lines.order_date
from free_lines
inner join as_of_dates
    on
        free_lines.source_system = as_of_dates.source_system
        and free_lines.order_date < as_of_dates.as_of_date
