-- One row per programme, customer and stay, those that begin after the as-of date included.
-- A rule with memory seems to need a loop over the months, but what it allows can be written as a
-- pattern. A customer's month ends are a text of one letter each: H high enough to enter, L low
-- enough to leave, M in the middle. With n = months_below and m = minimum_stay_months a stay is
--     H.{p,}?L{n}        p = m - n, at least 0
-- from the H that enters to the first letter that is the n-th L in a row and at least m places
-- behind the H: at that month end the customer is out. A stay without such an end goes on: H.*
-- What is neither is the time between stays, [ML]+. Cut from left to right, as the rule runs.
with programme_terms as (
    select * from {{ ref('programme_terms') }}
),

programme_spans as (
    select * from {{ ref('programme_spans') }}
),

paths as (
    select
        programme,
        source_system,
        customer_id,
        min(from_month_end) as first_month_end,
        string_agg(
            repeat(standing, date_diff('month', from_month_end, to_month_end) + 1), ''
            order by from_month_end asc
        ) as standings
    from programme_spans
    group by programme, source_system, customer_id
    having min(standing) = 'H'
),

cut as (
    select
        paths.programme,
        paths.source_system,
        paths.customer_id,
        paths.first_month_end,
        programme_terms.months_below,
        programme_terms.minimum_stay_months,
        regexp_extract_all(
            paths.standings,
            concat(
                'H.{',
                greatest(programme_terms.minimum_stay_months - programme_terms.months_below, 0),
                ',}?L{', programme_terms.months_below, '}|H.*|[ML]+'
            )
        ) as parts
    from paths
    inner join programme_terms
        on
            paths.programme = programme_terms.programme
            and paths.source_system = programme_terms.source_system
),

numbered as (
    select
        programme,
        source_system,
        customer_id,
        first_month_end,
        months_below,
        minimum_stay_months,
        unnest(parts) as part,
        unnest(generate_series(1, len(parts))) as part_number
    from cut
),

placed as (
    select
        programme,
        source_system,
        customer_id,
        first_month_end,
        part,
        coalesce(
            sum(length(part)) over (
                partition by programme, source_system, customer_id
                order by part_number
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as months_before,
        length(part) > greatest(months_below, minimum_stay_months)
        and right(part, months_below) = repeat('L', months_below) as is_over
    from numbered
)

select
    programme,
    source_system,
    customer_id,
    cast(first_month_end + months_before * interval 1 month as date) as member_since,
    case
        when is_over
            then
                cast(
                    first_month_end + (months_before + length(part) - 1) * interval 1 month as date
                )
    end as left_on
from placed
where left(part, 1) = 'H'
