-- One row per programme, customer and month end up to the as-of date: whether they are a member,
-- and whether they would be by the threshold alone.
with programme_terms as (
    select * from {{ ref('programme_terms') }}
),

programme_spans as (
    select * from {{ ref('programme_spans') }}
),

programme_stays as (
    select * from {{ ref('programme_stays') }}
),

listed as (
    select
        programme_spans.programme,
        programme_spans.source_system,
        programme_spans.customer_id,
        programme_spans.order_count,
        programme_spans.amount,
        programme_spans.standing,
        unnest(
            generate_series(
                programme_spans.from_month_end,
                least(programme_spans.to_month_end, programme_terms.last_month_end),
                interval 1 month
            )
        ) as month_end
    from programme_spans
    inner join programme_terms
        on
            programme_spans.programme = programme_terms.programme
            and programme_spans.source_system = programme_terms.source_system
),

months as (
    select
        programme,
        source_system,
        customer_id,
        cast(month_end as date) as as_of_date,
        order_count,
        amount,
        standing
    from listed
),

remembered as (
    select
        *,
        min(as_of_date) over (partition by programme, source_system, customer_id)
            as first_month_end,
        max(case when standing <> 'L' then as_of_date end) over (
            partition by programme, source_system, customer_id
            order by as_of_date
            rows between unbounded preceding and current row
        ) as last_not_below
    from months
)

select
    remembered.source_system,
    remembered.customer_id,
    remembered.programme,
    remembered.as_of_date,
    programme_stays.member_since,
    remembered.order_count as programme_order_count,
    remembered.amount as programme_amount,
    date_diff(
        'month',
        coalesce(
            remembered.last_not_below, cast(remembered.first_month_end - interval 1 month as date)
        ),
        remembered.as_of_date
    ) as months_below,
    programme_stays.member_since is not null as is_member,
    remembered.standing = 'H' as is_member_without_memory
from remembered
left join programme_stays
    on
        remembered.programme = programme_stays.programme
        and remembered.source_system = programme_stays.source_system
        and remembered.customer_id = programme_stays.customer_id
        and remembered.as_of_date >= programme_stays.member_since
        and (programme_stays.left_on is null or remembered.as_of_date < programme_stays.left_on)
