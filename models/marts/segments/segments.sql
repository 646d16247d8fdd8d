-- One row per segment: who they are, by which rule they are called so, and what to do with them.
with segment_profiles as (
    select * from {{ ref('segment_profiles') }}
),

segment_names as (
    select * from {{ ref('segment_names') }}
),

segment_rule_cards as (
    select * from {{ ref('segment_rule_cards') }}
),

segment_facts as (
    select * from {{ ref('segmentation_fits') }}
    where record_kind = 'segment' and name = 'silhouette'
),

rule_cards as (
    select
        segmentation,
        source_system,
        segment_id,
        string_agg(condition, ' or ' order by coverage desc, condition asc) as rule_card
    from segment_rule_cards
    group by segmentation, source_system, segment_id
),

compared as (
    select
        *,
        customer_count
        / sum(customer_count) over (partition by segmentation, source_system) as customer_share,
        cast(net_amount as double)
        / nullif(
            cast(sum(net_amount) over (partition by segmentation, source_system) as double), 0
        ) as revenue_share,
        lead(median_net_amount) over (
            partition by segmentation, source_system, is_noise
            order by median_net_amount asc, segment_id asc
        ) as next_median_net_amount
    from segment_profiles
)

select
    compared.segmentation,
    compared.source_system,
    compared.segment_id,
    segment_names.segment_name,
    segment_names.naming_rule,
    compared.customer_count,
    cast(compared.customer_share as decimal(18, 6)) as customer_share,
    cast(compared.revenue_share as decimal(18, 6)) as revenue_share,
    cast(compared.median_recency_days as decimal(18, 5)) as median_recency_days,
    cast(compared.median_frequency as decimal(18, 5)) as median_order_count,
    cast(compared.median_net_amount as decimal(38, 5)) as median_net_amount,
    cast(compared.median_active_day_count as decimal(18, 5)) as median_active_day_count,
    cast(compared.median_tenure_days as decimal(18, 5)) as median_tenure_days,
    case
        when not compared.is_noise and compared.median_net_amount is not null
            then
                cast(
                    coalesce(compared.next_median_net_amount - compared.median_net_amount, 0)
                    * compared.customer_count
                    as decimal(38, 5)
                )
    end as growth_potential,
    {{ ratio(
        'compared.amount_90d - compared.amount_90d_before', 'abs(compared.amount_90d_before)'
    ) }} as trend_90d,
    segment_facts.value as silhouette,
    segment_names.lever,
    segment_names.contact_method,
    segment_names.effort,
    rule_cards.rule_card,
    compared.is_noise
from compared
inner join segment_names
    on
        compared.segmentation = segment_names.segmentation
        and compared.source_system = segment_names.source_system
        and compared.segment_id = segment_names.segment_id
left join segment_facts
    on
        compared.segmentation = segment_facts.segmentation
        and compared.source_system = segment_facts.source_system
        and compared.segment_id = segment_facts.segment_id
left join rule_cards
    on
        compared.segmentation = rule_cards.segmentation
        and compared.source_system = rule_cards.source_system
        and compared.segment_id = rule_cards.segment_id
