-- The money in the customer marts is the money that control_totals says was used, to the last
-- digit.
with control_totals as (
    select * from {{ ref('control_totals') }}
    where measure = 'amount'
),

customer_monetary as (
    select
        source_system,
        sum(coalesce(inflow_amount - outflow_amount, net_amount)) as amount
    from {{ ref('customer_monetary') }}
    group by source_system
)

select
    control_totals.source_system,
    control_totals.used,
    customer_monetary.amount
from control_totals
left join customer_monetary
    on control_totals.source_system = customer_monetary.source_system
where control_totals.used <> coalesce(customer_monetary.amount, 0)
