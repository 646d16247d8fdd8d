-- One row per customer with at least one session: the input of rfe_kmeans. Frequency are
-- interactions (ad_clicks: clicks), engagement are sessions.
with customer_measures as (
    select * from {{ ref('int_customer_measures') }}
    where behaviour = 'interactions'
)

select
    source_system,
    customer_id,
    as_of_date,
    recency_days,
    frequency as interaction_count,
    engagement as session_count,
    true as is_in_fit,
    {%- for feature, expression in kmeans_features('rfe_kmeans').items() %}
    {{ expression }} as {{ feature }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from customer_measures
order by source_system, customer_id
