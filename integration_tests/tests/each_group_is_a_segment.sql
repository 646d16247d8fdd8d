-- The data were made for four groups of 35 cards, one each in turn. Each is a segment; apart from
-- them stand the one who brought everything back, and five who never bought.
with expected (group_number, segment, customer_count) as (
    values
    (0, 'Loyal Customers', 35),
    (0, null, 2),
    (1, 'Big Spenders', 35),
    (1, null, 1),
    (2, 'At Risk', 35),
    (2, null, 1),
    (3, 'Hibernating', 34),
    (3, 'Fully Returned', 1),
    (3, null, 1)
),

found as (
    select
        cast(substring(card, 2) as integer) % 4 as group_number,
        segment,
        count(*) as customer_count
    from {{ ref('customers') }}
    group by 1, 2
)

select
    coalesce(expected.group_number, found.group_number) as group_number,
    coalesce(expected.segment, found.segment) as segment,
    expected.customer_count as expected_count,
    found.customer_count
from expected
full join found
    on
        expected.group_number = found.group_number
        and expected.segment is not distinct from found.segment
where expected.customer_count is distinct from found.customer_count
