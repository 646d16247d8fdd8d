-- One row per segment: its size, its medians in raw units, and its position: how many standard
-- deviations its mean lies from the mean of all segmented customers, on ln(1 + measure). Of card
-- holders frequency are purchases, value their amount, engagement cash advances, tenure months.
with segment_memberships as (
    select * from {{ ref('segment_memberships') }}
),

customer_measures as (
    select * from {{ ref('int_customer_measures') }}
),

customer_recency as (
    select * from {{ ref('customer_recency') }}
),

customer_frequency as (
    select * from {{ ref('customer_frequency') }}
),

customer_monetary as (
    select * from {{ ref('customer_monetary') }}
),

recent_amounts as (
    select * from {{ ref('recent_customer_amounts') }}
),

credit_card_customers as (
    select * from {{ ref('credit_card_customers') }}
),

-- By customer and behaviour: what the source has, and what the positions are taken from.
measures as (
    select
        customer_measures.source_system,
        customer_measures.customer_id,
        customer_measures.behaviour,
        customer_measures.recency_days,
        customer_measures.frequency,
        customer_monetary.net_amount,
        customer_frequency.active_day_count,
        customer_recency.tenure_days,
        recent_amounts.amount_90d,
        recent_amounts.amount_90d_before,
        customer_measures.recency_days as recency_measure,
        customer_measures.frequency as frequency_measure,
        customer_measures.monetary_amount as value_measure,
        customer_measures.engagement as engagement_measure,
        customer_recency.tenure_days as tenure_measure
    from customer_measures
    inner join customer_recency
        on
            customer_measures.source_system = customer_recency.source_system
            and customer_measures.customer_id = customer_recency.customer_id
    inner join customer_frequency
        on
            customer_measures.source_system = customer_frequency.source_system
            and customer_measures.customer_id = customer_frequency.customer_id
    inner join customer_monetary
        on
            customer_measures.source_system = customer_monetary.source_system
            and customer_measures.customer_id = customer_monetary.customer_id
    inner join recent_amounts
        on
            customer_measures.source_system = recent_amounts.source_system
            and customer_measures.customer_id = recent_amounts.customer_id
            and customer_measures.behaviour = recent_amounts.behaviour
    union all
    -- Card holders have half a year in one row: no dates, no orders.
    select
        source_system,
        customer_id,
        'cards' as behaviour,
        null as recency_days,
        null as frequency,
        null as net_amount,
        null as active_day_count,
        null as tenure_days,
        null as amount_90d,
        null as amount_90d_before,
        null as recency_measure,
        purchases_trx as frequency_measure,
        cast(purchases as decimal(38, 5)) as value_measure,
        cash_advance as engagement_measure,
        tenure as tenure_measure
    from credit_card_customers
),

measured as (
    select
        segment_memberships.segmentation,
        segment_memberships.source_system,
        segment_memberships.behaviour,
        segment_memberships.segment_id,
        segment_memberships.is_noise,
        measures.recency_days,
        measures.frequency,
        measures.net_amount,
        measures.active_day_count,
        measures.tenure_days,
        measures.amount_90d,
        measures.amount_90d_before,
        -- Rounded, so that sums are exact and do not depend on the order of the rows.
        {%- for position in ['recency', 'frequency', 'value', 'engagement', 'tenure'] %}
        {{ log1p_feature('measures.' ~ position ~ '_measure') }} as {{ position }}_log
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from segment_memberships
    inner join measures
        on
            segment_memberships.source_system = measures.source_system
            and segment_memberships.customer_id = measures.customer_id
            and segment_memberships.behaviour = measures.behaviour
),

populations as (
    select
        segmentation,
        source_system,
        {%- for position in ['recency', 'frequency', 'value', 'engagement', 'tenure'] %}
        {{ exact_mean(position ~ '_log') }} as mean_{{ position }},
        {{ exact_deviation(position ~ '_log') }} as deviation_{{ position }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from measured
    where not is_noise
    group by segmentation, source_system
),

segments as (
    select
        segmentation,
        source_system,
        behaviour,
        segment_id,
        is_noise,
        count(*) as customer_count,
        sum(net_amount) as net_amount,
        median(recency_days) as median_recency_days,
        median(frequency) as median_frequency,
        median(net_amount) as median_net_amount,
        median(active_day_count) as median_active_day_count,
        median(tenure_days) as median_tenure_days,
        sum(amount_90d) as amount_90d,
        sum(amount_90d_before) as amount_90d_before,
        {%- for position in ['recency', 'frequency', 'value', 'engagement', 'tenure'] %}
        {{ exact_mean(position ~ '_log') }} as mean_{{ position }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from measured
    group by segmentation, source_system, behaviour, segment_id, is_noise
)

select
    segments.segmentation,
    segments.source_system,
    segments.behaviour,
    segments.segment_id,
    segments.is_noise,
    segments.customer_count,
    segments.net_amount,
    segments.median_recency_days,
    segments.median_frequency,
    segments.median_net_amount,
    segments.median_active_day_count,
    segments.median_tenure_days,
    segments.amount_90d,
    segments.amount_90d_before,
    {{ standard_score('recency') }} as recency_position,
    {{ standard_score('frequency') }} as frequency_position,
    {{ standard_score('value') }} as value_position,
    {{ standard_score('engagement') }} as engagement_position,
    {{ standard_score('tenure') }} as tenure_position
from segments
inner join populations
    on
        segments.segmentation = populations.segmentation
        and segments.source_system = populations.source_system
