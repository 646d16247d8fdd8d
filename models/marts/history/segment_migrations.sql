-- One row per segmentation, month end, segment left, segment entered and segment that the
-- customers' own values lead to: who moved within the month, and whether by what they did or
-- because thresholds moved.
with segment_flows as (
    select * from {{ ref('segment_flows') }}
    where from_segment is not null
),

openings as (
    select
        source_system,
        segmentation,
        as_of_date,
        from_segment,
        sum(customer_count) as customer_count
    from segment_flows
    group by source_system, segmentation, as_of_date, from_segment
)

select
    segment_flows.source_system,
    segment_flows.segmentation,
    segment_flows.as_of_date,
    segment_flows.from_segment,
    segment_flows.to_segment,
    segment_flows.frozen_segment,
    case
        when segment_flows.frozen_segment = segment_flows.to_segment then 'behaviour'
        else 'thresholds'
    end as moved_by,
    segment_flows.customer_count,
    segment_flows.opening_amount as net_amount,
    cast(
        cast(segment_flows.customer_count as double) / openings.customer_count as decimal(18, 6)
    ) as share -- noqa: RF04
from segment_flows
inner join openings
    on
        segment_flows.source_system = openings.source_system
        and segment_flows.segmentation = openings.segmentation
        and segment_flows.as_of_date = openings.as_of_date
        and segment_flows.from_segment = openings.from_segment
where segment_flows.from_segment <> segment_flows.to_segment
