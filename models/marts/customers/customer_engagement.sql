-- One row per customer with dated events: how actively they use the business.
with customer_totals as (
    select * from {{ ref('int_customer_totals') }}
)

select
    source_system,
    customer_id,
    as_of_date,
    interaction_count,
    session_count,
    impression_count,
    click_count,
    {{ ratio('click_count', 'impression_count') }} as click_through_rate,
    active_days_30d,
    active_days_90d,
    distinct_product_count,
    distinct_item_count
from customer_totals
