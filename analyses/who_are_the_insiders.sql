-- The business questions of a loyalty programme: how many members, which share of the revenue, what
-- are they like beside the others, which conditions to enter and to leave, are they really better?
-- Who meets the rule card enters, who no longer does leaves; `best_precision` says how far to trust
-- it.
with segments as (
    select
        *,
        segment_name like 'Insiders%' as is_member
    from {{ ref('segments') }}
    where segmentation = 'insiders'
),

rule_cards as (
    select
        source_system,
        segment_id,
        max(precision) as best_precision
    from {{ ref('segment_rule_cards') }}
    where segmentation = 'insiders'
    group by source_system, segment_id
),

evidence as (
    select
        source_system,
        string_agg(claim || ' ' || verdict || ': ' || finding, '; ' order by part_number)
            as are_they_better
    from {{ ref('business_hypotheses') }}
    where hypothesis = 'insiders_members'
    group by source_system
)

select
    segments.source_system,
    segments.segment_name,
    segments.is_member,
    segments.customer_count,
    segments.customer_share,
    segments.revenue_share,
    segments.median_recency_days,
    segments.median_order_count,
    segments.median_net_amount,
    segments.rule_card as conditions,
    round(rule_cards.best_precision, 2) as best_precision,
    segments.lever,
    case when segments.is_member then evidence.are_they_better end as are_they_better
from segments
left join rule_cards
    on
        segments.source_system = rule_cards.source_system
        and segments.segment_id = rule_cards.segment_id
left join evidence on segments.source_system = evidence.source_system
order by segments.is_member desc, segments.revenue_share desc, segments.segment_id asc
