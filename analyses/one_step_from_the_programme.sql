-- Whom does one order make a member, and which members are out soon if they stay away? What to
-- write to each is in next_step.
with programme_outlook as (
    select * from {{ ref('programme_outlook') }}
    where is_one_step_away or drop_out_date <= next_month_end + interval 1 month
),

customers as (
    select * from {{ ref('customers') }}
)

select
    programme_outlook.programme,
    programme_outlook.source_system,
    programme_outlook.customer_id,
    case when programme_outlook.is_member then 'about to drop out' else 'one step away' end
        as occasion,
    programme_outlook.next_step,
    programme_outlook.drop_out_date,
    programme_outlook.lacking_amount,
    customers.mean_order_amount,
    customers.recency_days,
    customers.net_amount
from programme_outlook
inner join customers
    on
        programme_outlook.source_system = customers.source_system
        and programme_outlook.customer_id = customers.customer_id
order by
    programme_outlook.programme asc,
    programme_outlook.source_system asc,
    occasion desc,
    customers.net_amount desc,
    programme_outlook.customer_id asc
