-- One row per customer: every measure and attribute, the table most questions start from.
with customer_recency as (
    select * from {{ ref('customer_recency') }}
),

customer_frequency as (
    select * from {{ ref('customer_frequency') }}
),

customer_monetary as (
    select * from {{ ref('customer_monetary') }}
),

customer_engagement as (
    select * from {{ ref('customer_engagement') }}
),

customer_scores as (
    select * from {{ ref('customer_scores') }}
),

customer_grid_segments as (
    select * from {{ ref('customer_grid_segments') }}
),

customer_segments as (
    select * from {{ ref('customer_segments') }}
),

credit_card_customers as (
    select * from {{ ref('credit_card_customers') }}
),

customer_attributes as (
    select * from {{ ref('int_customer_attributes') }}
),

-- Card holders have no dated events, so they stand in none of the four marts.
all_customers as (
    select
        source_system,
        customer_id,
        as_of_date
    from customer_recency
    union all
    select
        source_system,
        customer_id,
        as_of_date
    from credit_card_customers
),

grid_columns as (
    select
        source_system,
        customer_id,
        max(case when grid = 'rf25' then segment_name end) as rf25_segment,
        max(case when grid = 'rfm125' then segment_name end) as rfm125_segment,
        max(case when grid = 'rfm_intervals' then segment_name end) as rfm_intervals_segment
    from customer_grid_segments
    group by source_system, customer_id
),

segment_columns as (
    select
        source_system,
        customer_id,
        max(case when segmentation = 'rfm_kmeans' then segment_name end) as rfm_kmeans_segment,
        max(case when segmentation = 'rfe_kmeans' then segment_name end) as rfe_kmeans_segment,
        max(case when segmentation = 'insiders' then segment_name end) as insiders_segment,
        max(case when segmentation = 'superstore_bisecting' then segment_name end)
            as superstore_bisecting_segment,
        max(case when segmentation = 'card_autoencoder' then segment_name end)
            as card_autoencoder_segment,
        max(case when segmentation = 'bank_sequences' then segment_name end)
            as bank_sequences_segment
    from customer_segments
    group by source_system, customer_id
)

select
    all_customers.source_system,
    all_customers.customer_id,
    all_customers.as_of_date,
    customer_attributes.customer_name,
    customer_attributes.customer_type,
    customer_attributes.channel,
    customer_attributes.country,
    customer_attributes.market,
    customer_attributes.region,
    customer_attributes.district,
    customer_attributes.sex,
    customer_attributes.birth_date,
    customer_attributes.age,
    customer_attributes.account_opened_date,
    customer_attributes.statement_frequency,
    customer_attributes.card_type,
    customer_attributes.loan_amount,
    customer_attributes.loan_status,
    customer_recency.first_active_date,
    customer_recency.last_active_date,
    customer_recency.first_purchase_date,
    customer_recency.last_purchase_date,
    customer_recency.last_interaction_date,
    customer_recency.last_click_date,
    customer_recency.recency_days,
    customer_recency.interaction_recency_days,
    customer_recency.click_recency_days,
    customer_recency.tenure_days,
    customer_frequency.order_count,
    customer_frequency.order_count_365d,
    customer_frequency.active_day_count,
    customer_frequency.purchase_line_count,
    customer_frequency.mean_days_between_orders,
    customer_monetary.gross_amount,
    customer_monetary.returned_amount,
    customer_monetary.product_returned_amount,
    customer_monetary.net_amount,
    customer_monetary.net_amount_365d,
    customer_monetary.mean_order_amount,
    customer_monetary.return_count,
    customer_monetary.return_rate,
    customer_monetary.inflow_amount,
    customer_monetary.outflow_amount,
    customer_engagement.interaction_count,
    customer_engagement.session_count,
    customer_engagement.impression_count,
    customer_engagement.click_count,
    customer_engagement.click_through_rate,
    customer_engagement.active_days_30d,
    customer_engagement.active_days_90d,
    customer_engagement.distinct_product_count,
    customer_engagement.distinct_item_count,
    customer_scores.recency_score,
    customer_scores.frequency_score,
    customer_scores.monetary_score,
    customer_scores.engagement_score,
    customer_scores.rfm_code,
    grid_columns.rf25_segment,
    grid_columns.rfm125_segment,
    grid_columns.rfm_intervals_segment,
    segment_columns.rfm_kmeans_segment,
    segment_columns.rfe_kmeans_segment,
    segment_columns.insiders_segment,
    segment_columns.superstore_bisecting_segment,
    segment_columns.card_autoencoder_segment,
    segment_columns.bank_sequences_segment
from all_customers
left join customer_attributes
    on
        all_customers.source_system = customer_attributes.source_system
        and all_customers.customer_id = customer_attributes.customer_id
left join customer_recency
    on
        all_customers.source_system = customer_recency.source_system
        and all_customers.customer_id = customer_recency.customer_id
left join customer_frequency
    on
        all_customers.source_system = customer_frequency.source_system
        and all_customers.customer_id = customer_frequency.customer_id
left join customer_monetary
    on
        all_customers.source_system = customer_monetary.source_system
        and all_customers.customer_id = customer_monetary.customer_id
left join customer_engagement
    on
        all_customers.source_system = customer_engagement.source_system
        and all_customers.customer_id = customer_engagement.customer_id
left join customer_scores
    on
        all_customers.source_system = customer_scores.source_system
        and all_customers.customer_id = customer_scores.customer_id
left join grid_columns
    on
        all_customers.source_system = grid_columns.source_system
        and all_customers.customer_id = grid_columns.customer_id
left join segment_columns
    on
        all_customers.source_system = segment_columns.source_system
        and all_customers.customer_id = segment_columns.customer_id
