-- One row per customer with dated events: scores 1 (worst) to 5 (best) within the source system.
-- Null where a customer has no order, and for a measure the source system does not have.
with customer_recency as (
    select * from {{ ref('customer_recency') }}
),

customer_measures as (
    select * from {{ ref('int_customer_measures') }}
    where is_scored
),

ranked as (
    select
        *,
        count(*) over (partition by source_system, as_of_date) as customer_count,
        rank() over (partition by source_system, as_of_date order by recency_days desc)
            as recency_rank,
        rank() over (partition by source_system, as_of_date order by frequency)
            as frequency_rank,
        rank() over (partition by source_system, as_of_date order by monetary_amount)
            as monetary_rank,
        rank() over (partition by source_system, as_of_date order by engagement)
            as engagement_rank
    from customer_measures
),

scored as (
    select
        source_system,
        customer_id,
        {{ score_1_to_5('recency_rank', 'customer_count') }} as recency_score,
        {{ score_1_to_5('frequency_rank', 'customer_count') }} as frequency_score,
        case
            when monetary_amount is not null
                then {{ score_1_to_5('monetary_rank', 'customer_count') }}
        end as monetary_score,
        {{ score_1_to_5('engagement_rank', 'customer_count') }} as engagement_score,
        monetary_measure,
        activity_window_days
    from ranked
)

select
    customer_recency.source_system,
    customer_recency.customer_id,
    customer_recency.as_of_date,
    scored.recency_score,
    scored.frequency_score,
    scored.monetary_score,
    scored.engagement_score,
    case
        when scored.monetary_score is not null
            then
                cast(
                    100 * scored.recency_score + 10 * scored.frequency_score + scored.monetary_score
                    as {{ dbt.type_string() }}
                )
    end as rfm_code,
    scored.monetary_measure,
    scored.activity_window_days
from customer_recency
left join scored
    on
        customer_recency.source_system = scored.source_system
        and customer_recency.customer_id = scored.customer_id
