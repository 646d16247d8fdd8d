-- One row per customer and day with an interaction before the as-of date. Additive: a session
-- counts on the day it opens, an item on the day it is first looked at.
{{ config(enabled=is_on('custom_interactions'), materialized=inlined_materialization()) }}

{%- set is_update = replaced_from() | length > 0 %}
{#- The days that are kept are read from the table itself: a CTE would copy all of it. -#}
{%- set all_interactions = ref('int_custom_interactions') if is_update else 'interactions' %}

with interactions as (
    select interactions.*
    from {{ ref('int_custom_interactions') }} as interactions
    inner join {{ ref('int_as_of_dates') }} as as_of_dates
        on
            interactions.source_system = as_of_dates.source_system
            and interactions.interaction_date < as_of_dates.as_of_date
    where
        interactions.customer_id is not null
        and {{ is_replaced('interactions.interaction_date', 'interactions.source_system') }}
),

-- Whether an item is looked at for the first time, earlier days know that are kept.
items as (
    select
        seen.source_system,
        seen.customer_id,
        seen.item,
        min(seen.interaction_date) as first_date
    from {{ all_interactions }} as seen
    {%- if is_update %}
    where exists (
        select 1 from interactions
        where
            seen.source_system = interactions.source_system
            and seen.customer_id = interactions.customer_id
            and seen.item = interactions.item
    )
    {%- else %}
    where seen.item is not null
    {%- endif %}
    group by seen.source_system, seen.customer_id, seen.item
),

item_days as (
    select
        source_system,
        customer_id,
        first_date,
        count(*) as distinct_item_count
    from items
    group by source_system, customer_id, first_date
),

interaction_days as (
    select
        source_system,
        customer_id,
        interaction_date,
        count(*) as interaction_count,
        sum(case when opens_session then 1 else 0 end) as session_count,
        sum(case when is_click then 1 else 0 end) as click_count,
        sum(case when is_impression then 1 else 0 end) as impression_count
    from interactions
    group by source_system, customer_id, interaction_date
)

select
    interaction_days.source_system,
    interaction_days.customer_id,
    interaction_days.interaction_date as activity_date,
    interaction_days.interaction_count,
    cast(interaction_days.session_count as bigint) as session_count,
    cast(interaction_days.click_count as bigint) as click_count,
    cast(interaction_days.impression_count as bigint) as impression_count,
    coalesce(item_days.distinct_item_count, 0) as distinct_item_count
from interaction_days
left join item_days
    on
        interaction_days.source_system = item_days.source_system
        and interaction_days.customer_id = item_days.customer_id
        and interaction_days.interaction_date = item_days.first_date
