-- One row per customer and behaviour that can be scored or fitted: `orders` (at least one order)
-- and `interactions` (at least one session). The recency, frequency, monetary and engagement that
-- every score and every fit uses, and by which settings. `is_scored` marks the behaviour that
-- scores use: orders where the source system has them.
with customer_totals as (
    select * from {{ ref('int_customer_totals') }}
)

{{ behaviour_measures('customer_totals') }}
