-- What the package used of the data, and what it set aside as guests', counted in the CSV files.
with expected (source_system, source_table, measure, used, guest) as (
    values
    ('corner_shop', 'orders', 'rows', 603, 28),
    ('corner_shop', 'orders', 'amount', 22259.24, 251.80),
    ('corner_shop', 'interactions', 'rows', 550, 12),
    ('market_stall', 'orders', 'rows', 120, 0),
    ('market_stall', 'orders', 'amount', 870, 0)
),

control_totals as (
    select * from {{ ref('customer_segments', 'control_totals') }}
)

select
    coalesce(expected.source_system, control_totals.source_system) as source_system,
    coalesce(expected.source_table, control_totals.source_table) as source_table,
    coalesce(expected.measure, control_totals.measure) as measure,
    expected.used as expected_used,
    control_totals.used,
    expected.guest as expected_guest,
    control_totals.guest
from expected
full join control_totals
    on
        expected.source_system = control_totals.source_system
        and expected.source_table = control_totals.source_table
        and expected.measure = control_totals.measure
where
    expected.used is distinct from control_totals.used
    or expected.guest is distinct from control_totals.guest
