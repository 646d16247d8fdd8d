-- One row per segmentation, month end and segment: who was in it at the month end before, who came,
-- who went and who is in it now, in customers and in money. Movers are valued at the opening; what
-- the amounts of all who were present changed by is the revaluation of the segment they are in at
-- the close.
with segment_flows as (
    select * from {{ ref('segment_flows') }}
),

-- Every way is booked twice: to the segment that it leads from and to the one that it leads to. 0
-- times an amount is null where the source system has no money.
left_side as (
    select
        source_system,
        segmentation,
        as_of_date,
        from_segment as segment_name,
        customer_count as opening,
        0 as entered,
        case when from_segment <> to_segment then customer_count else 0 end as left_for_other,
        0 as newly_acquired,
        0 as closing,
        opening_amount,
        0 * opening_amount as entered_amount,
        case when from_segment <> to_segment then 1 else 0 end * opening_amount
            as left_for_other_amount,
        0 * opening_amount as newly_acquired_amount,
        0 * opening_amount as revaluation_amount,
        0 * opening_amount as closing_amount
    from segment_flows
    where from_segment is not null
),

entered_side as (
    select
        source_system,
        segmentation,
        as_of_date,
        to_segment as segment_name,
        0 as opening,
        case when from_segment <> to_segment then customer_count else 0 end as entered,
        0 as left_for_other,
        case when from_segment is null then customer_count else 0 end as newly_acquired,
        customer_count as closing,
        0 * opening_amount as opening_amount,
        case when from_segment <> to_segment then 1 else 0 end * opening_amount as entered_amount,
        0 * opening_amount as left_for_other_amount,
        case when from_segment is null then 1 else 0 end * closing_amount as newly_acquired_amount,
        case when from_segment is null then 0 else 1 end * (closing_amount - opening_amount)
            as revaluation_amount,
        closing_amount
    from segment_flows
),

sides as (
    select * from left_side
    union all
    select * from entered_side
)

select
    source_system,
    segmentation,
    as_of_date,
    segment_name,
    {%- for count in ['opening', 'entered', 'left_for_other', 'newly_acquired', 'closing'] %}
    cast(sum({{ count }}) as bigint) as {{ count }},
    {%- endfor %}
    {%- for amount in [
        'opening', 'entered', 'left_for_other', 'newly_acquired', 'revaluation', 'closing',
    ] %}
    cast(sum({{ amount }}_amount) as decimal(38, 5)) as {{ amount }}_amount
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from sides
group by source_system, segmentation, as_of_date, segment_name
