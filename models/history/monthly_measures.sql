-- One row per customer, behaviour and month end: int_customer_measures as of that date.
{{ config(materialized='view') }}

with monthly_totals as (
    select * from {{ ref('monthly_totals') }}
)

{{ behaviour_measures('monthly_totals', more=['net_amount']) }}
