-- No segment is said to have lapsed whose median customer was here within twice the usual gap
-- between two visits or orders, and none to be new whose median customer has been here for long.
with segments as (
    select * from {{ ref('segments') }}
    where not is_noise
),

segment_names as (
    select * from {{ ref('segment_names') }}
),

source_system_rhythms as (
    select * from {{ ref('source_system_rhythms') }}
),

judged as (
    select
        segments.segmentation,
        segments.source_system,
        segments.segment_name,
        segments.median_recency_days,
        source_system_rhythms.median_gap_days,
        segments.median_tenure_days,
        segment_names.base_name in (
            'About to Sleep', 'At Risk', 'Cannot Lose Them', 'Churn', 'Hibernating', 'Lost',
            'Lapsed Users', 'Lost Visitors', 'Dormant Visitors',
            'Dormant Clients', 'Dormant High-Turnover Clients', 'Fading Clients'
        ) as says_lapsed,
        segment_names.base_name like 'New %' as says_new
    from segments
    inner join segment_names
        on
            segments.segmentation = segment_names.segmentation
            and segments.source_system = segment_names.source_system
            and segments.segment_id = segment_names.segment_id
    left join source_system_rhythms
        on
            segments.source_system = source_system_rhythms.source_system
            and segment_names.behaviour = source_system_rhythms.behaviour
)

select *
from judged
where
    (says_lapsed and not coalesce(median_recency_days >= 2 * median_gap_days, false))
    or (says_new and median_tenure_days > 180)
