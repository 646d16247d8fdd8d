-- Coverage and precision of every rule, counted in SQL, are what the fit wrote down; the rules of a
-- segmentation exclude each other and cover every customer in the fit.
with segment_rule_cards as (
    select * from {{ ref('segment_rule_cards') }}
),

promised as (
    select
        segmentation,
        source_system,
        text as condition,
        max(case when name = 'support' then value end) as support,
        max(case when name = 'precision' then value end) as precision
    from {{ ref('segmentation_fits') }}
    where record_kind = 'rule'
    group by segmentation, source_system, text
),

segmentations as (
    select * from {{ ref('segmentations') }}
),

clustered as (
    select
        segmentation,
        source_system,
        count(*) as customer_count
    from {{ ref('segment_memberships') }}
    where not is_noise
    group by segmentation, source_system
),

covered as (
    select
        segmentation,
        source_system,
        sum(support) as support,
        sum(support * precision) as right_count
    from segment_rule_cards
    group by segmentation, source_system
)

select
    promised.segmentation,
    promised.source_system,
    promised.condition
from promised
left join segment_rule_cards
    on
        promised.segmentation = segment_rule_cards.segmentation
        and promised.source_system = segment_rule_cards.source_system
        and promised.condition = segment_rule_cards.condition
where
    segment_rule_cards.support is distinct from promised.support
    or not coalesce(abs(segment_rule_cards.precision - promised.precision) < 1e-9, false)
union all
select
    segmentations.segmentation,
    segmentations.source_system,
    'all rules together' as condition
from segmentations
left join clustered
    on
        segmentations.segmentation = clustered.segmentation
        and segmentations.source_system = clustered.source_system
left join covered
    on
        segmentations.segmentation = covered.segmentation
        and segmentations.source_system = covered.source_system
where
    segmentations.customer_count > 0
    and (
        covered.support is distinct from clustered.customer_count
        or not coalesce(
            abs(covered.right_count / clustered.customer_count - segmentations.rule_fidelity)
            < 1e-6,
            false
        )
    )
