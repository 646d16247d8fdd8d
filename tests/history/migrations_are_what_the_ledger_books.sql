-- Fails with one row per segment and month where those who left or entered by segment_migrations
-- are not those of segment_ledger, in customers or in money.
with segment_migrations as (
    select * from {{ ref('segment_migrations') }}
),

segment_ledger as (
    select * from {{ ref('segment_ledger') }}
),

moves as (
    select
        source_system,
        segmentation,
        as_of_date,
        from_segment as segment_name,
        customer_count as left_for_other,
        net_amount as left_for_other_amount,
        0 as entered,
        0 as entered_amount
    from segment_migrations
    union all
    select
        source_system,
        segmentation,
        as_of_date,
        to_segment as segment_name,
        0 as left_for_other,
        0 as left_for_other_amount,
        customer_count as entered,
        net_amount as entered_amount
    from segment_migrations
    union all
    select
        source_system,
        segmentation,
        as_of_date,
        segment_name,
        -left_for_other as left_for_other,
        -left_for_other_amount as left_for_other_amount,
        -entered as entered,
        -entered_amount as entered_amount
    from segment_ledger
)

select
    source_system,
    segmentation,
    as_of_date,
    segment_name,
    sum(left_for_other) as left_for_other,
    sum(left_for_other_amount) as left_for_other_amount,
    sum(entered) as entered,
    sum(entered_amount) as entered_amount
from moves
group by source_system, segmentation, as_of_date, segment_name
having
    sum(left_for_other) <> 0
    or sum(entered) <> 0
    or coalesce(sum(left_for_other_amount), 0) <> 0
    or coalesce(sum(entered_amount), 0) <> 0
