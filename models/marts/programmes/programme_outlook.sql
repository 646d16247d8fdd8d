-- One row per programme and customer as of the as-of date: where they stand, what they lack at the
-- next month end, and when a member is out if nothing more is bought.
with programme_terms as (
    select * from {{ ref('programme_terms') }}
),

programme_spans as (
    select * from {{ ref('programme_spans') }}
),

programme_stays as (
    select * from {{ ref('programme_stays') }}
),

customer_monetary as (
    select * from {{ ref('customer_monetary') }}
),

-- What is asked of a member is to be no month below; of the others, to enter.
asked as (
    select
        programme_spans.programme,
        programme_spans.source_system,
        programme_spans.customer_id,
        programme_terms.as_of_date,
        programme_terms.last_month_end,
        programme_terms.next_month_end,
        programme_stays.member_since,
        programme_stays.left_on as drop_out_date,
        programme_stays.member_since is not null as is_member,
        programme_spans.order_count as idle_order_count,
        programme_spans.amount as idle_amount,
        case
            when programme_stays.member_since is null then programme_terms.orders_enter_from
            else programme_terms.orders_leave_below
        end as asked_order_count,
        case
            when programme_stays.member_since is null then programme_terms.amount_enter_from
            else programme_terms.amount_leave_below
        end as asked_amount
    from programme_terms
    inner join programme_spans
        on
            programme_terms.programme = programme_spans.programme
            and programme_terms.source_system = programme_spans.source_system
            and programme_terms.next_month_end
            between programme_spans.from_month_end and programme_spans.to_month_end
    left join programme_stays
        on
            programme_spans.programme = programme_stays.programme
            and programme_spans.source_system = programme_stays.source_system
            and programme_spans.customer_id = programme_stays.customer_id
            and programme_terms.last_month_end >= programme_stays.member_since
            and (
                programme_stays.left_on is null
                or programme_terms.last_month_end < programme_stays.left_on
            )
),

compared as (
    select
        *,
        greatest(asked_order_count - idle_order_count, 0) as orders_to_go,
        greatest(asked_amount - idle_amount, 0) as amount_to_go
    from asked
),

lacking as (
    select
        *,
        -- Nothing is spent without an order.
        cast(
            greatest(orders_to_go, case when amount_to_go > 0 then 1 else 0 end) as bigint
        ) as lacking_order_count,
        cast(coalesce(amount_to_go, 0) as decimal(38, 5)) as lacking_amount
    from compared
)

select
    lacking.source_system,
    lacking.customer_id,
    lacking.programme,
    lacking.as_of_date,
    lacking.member_since,
    lacking.next_month_end,
    lacking.drop_out_date,
    lacking.idle_order_count,
    lacking.idle_amount,
    lacking.lacking_order_count,
    lacking.lacking_amount,
    case
        when lacking.is_member and lacking.lacking_order_count = 0
            then 'Nothing: not below at the next month end.'
        when lacking.lacking_order_count = 0
            then 'Nothing: enters at the next month end.'
        else
            concat(
                lacking.lacking_order_count,
                case when lacking.lacking_order_count = 1 then ' order' else ' orders' end,
                -- Rounded up to the hundredth: what is said has to be enough.
                case
                    when lacking.lacking_amount > 0
                        then
                            concat(
                                ' of ',
                                cast(lacking.lacking_amount + 0.00499 as decimal(38, 2)),
                                case when lacking.lacking_order_count > 1 then ' in all' else '' end
                            )
                    else ''
                end,
                ' before ', lacking.next_month_end,
                case when lacking.is_member then ', not to be below.' else ', to enter.' end
            )
    end as next_step,
    lacking.is_member,
    not lacking.is_member
    and lacking.lacking_order_count = 1
    and lacking.lacking_amount <= coalesce(customer_monetary.mean_order_amount, 0)
        as is_one_step_away
from lacking
left join customer_monetary
    on
        lacking.source_system = customer_monetary.source_system
        and lacking.customer_id = customer_monetary.customer_id
