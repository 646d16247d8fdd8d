-- One row per segment: its size, its medians in raw units, and its position: how many standard
-- deviations its mean lies from the mean of all segmented customers, on ln(1 + measure).
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

measured as (
    select
        segment_memberships.segmentation,
        segment_memberships.source_system,
        segment_memberships.behaviour,
        segment_memberships.segment_id,
        segment_memberships.is_noise,
        customer_measures.recency_days,
        customer_measures.frequency,
        customer_monetary.net_amount,
        customer_frequency.active_day_count,
        customer_recency.tenure_days,
        recent_amounts.amount_90d,
        recent_amounts.amount_90d_before,
        -- Rounded, so that sums are exact and do not depend on the order of the rows.
        {%- for position, measure in {
            'recency': 'customer_measures.recency_days',
            'frequency': 'customer_measures.frequency',
            'value': 'customer_measures.monetary_amount',
            'engagement': 'customer_measures.engagement',
            'tenure': 'customer_recency.tenure_days',
        }.items() %}
        {{ log1p_feature(measure) }} as {{ position }}_log
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from segment_memberships
    inner join customer_measures
        on
            segment_memberships.source_system = customer_measures.source_system
            and segment_memberships.customer_id = customer_measures.customer_id
            and segment_memberships.behaviour = customer_measures.behaviour
    inner join customer_recency
        on
            segment_memberships.source_system = customer_recency.source_system
            and segment_memberships.customer_id = customer_recency.customer_id
    inner join customer_frequency
        on
            segment_memberships.source_system = customer_frequency.source_system
            and segment_memberships.customer_id = customer_frequency.customer_id
    inner join customer_monetary
        on
            segment_memberships.source_system = customer_monetary.source_system
            and segment_memberships.customer_id = customer_monetary.customer_id
    inner join recent_amounts
        on
            segment_memberships.source_system = recent_amounts.source_system
            and segment_memberships.customer_id = recent_amounts.customer_id
            and segment_memberships.behaviour = recent_amounts.behaviour
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
