-- One row per part of the raw total of each custom source of interactions: where the rows went.
{{ config(enabled=is_on('custom_interactions'), materialized='view') }}

with systems as (
    {{ system_names(active_custom_systems('interactions')) }}
),

staged as (
    select * from {{ ref('stg_custom__interactions') }}
),

interactions as (
    select
        interactions.*,
        as_of_dates.as_of_date
    from {{ ref('int_custom_interactions') }} as interactions
    inner join {{ ref('int_as_of_dates') }} as as_of_dates
        on interactions.source_system = as_of_dates.source_system
),

-- Counted where they end up, so that a row lost on the way shows.
customer_days as (
    select * from {{ ref('int_customer_days') }}
),

parts as (
    -- A table without rows has totals, too.
    select
        systems.source_system,
        'raw_total' as part,
        count(staged.source_system) as row_count
    from systems
    left join staged
        on systems.source_system = staged.source_system
    group by systems.source_system
    union all
    select
        source_system,
        'rejected' as part,
        count(*) as row_count
    from staged
    where rejection_reason is not null
    group by source_system
    union all
    select
        source_system,
        case when interaction_date >= as_of_date then 'after_as_of' else 'guest' end as part,
        count(*) as row_count
    from interactions
    where interaction_date >= as_of_date or customer_id is null
    group by all
    union all
    select
        customer_days.source_system,
        'used' as part,
        sum(customer_days.interaction_count) as row_count
    from customer_days
    inner join systems
        on customer_days.source_system = systems.source_system
    group by customer_days.source_system
)

select
    source_system,
    'interactions' as source_table,
    part,
    cast(row_count as bigint) as row_count,
    cast(null as decimal(38, 5)) as amount,
    cast(null as bigint) as click_count
from parts
