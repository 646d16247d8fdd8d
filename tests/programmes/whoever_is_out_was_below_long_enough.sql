-- Fails with each month end at which a member is out without having been below for as many month
-- ends as the rule asks for, or before the minimum stay; or is in although both are reached.
with programme_memberships as (
    select * from {{ ref('programme_memberships') }}
),

programme_terms as (
    select * from {{ ref('programme_terms') }}
),

compared as (
    select
        *,
        lag(member_since) over (
            partition by programme, source_system, customer_id order by as_of_date
        ) as was_member_since
    from programme_memberships
)

select
    compared.programme,
    compared.source_system,
    compared.customer_id,
    compared.as_of_date,
    compared.was_member_since,
    compared.months_below,
    compared.is_member
from compared
inner join programme_terms
    on
        compared.programme = programme_terms.programme
        and compared.source_system = programme_terms.source_system
where
    compared.was_member_since is not null
    and compared.is_member
    = (
        compared.months_below >= programme_terms.months_below
        and date_diff('month', compared.was_member_since, compared.as_of_date)
        >= programme_terms.minimum_stay_months
    )
