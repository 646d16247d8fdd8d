-- One row per valid interaction of the custom sources, guests included, with whether it opens a
-- session. Without a session id, a session ends after var session_gap_minutes without a row; gaps
-- are measured in UTC where the time zone is known, so that they span a change of the clock.
{{ config(
    enabled=is_on('custom_interactions'),
    materialized=updated_materialization(),
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    pre_hook="{{ delete_replaced('interaction_date') }}",
) }}
{%- set is_update = replaced_from() | length > 0 %}

with interactions as (
    select * from {{ ref('stg_custom__interactions') }}
    where rejection_reason is null
),

-- Only sources that can be used as a whole.
sources as (
    select * from {{ ref('int_custom_sources') }}
    where source_table = 'interactions'
),

-- Whether a row opens a session, earlier rows know, also of days that are kept.
{%- if is_update %}
sequences as (
    select distinct
        source_system,
        customer_id,
        session_id
    from interactions
    where {{ is_replaced('cast(occurred_at as date)', 'source_system') }}
),
{%- endif %}

sequenced as (
    select
        interactions.*,
        lag(interactions.instant) over (
            partition by
                interactions.source_system, interactions.customer_id, interactions.session_id
            order by interactions.instant
        ) as previous_instant
    from interactions
    inner join sources
        on interactions.source_system = sources.source_system
    {%- if is_update %}
    inner join sequences
        on
            interactions.source_system = sequences.source_system
            and interactions.customer_id is not distinct from sequences.customer_id
            and interactions.session_id is not distinct from sequences.session_id
    {%- endif %}
)

select
    source_system,
    customer_id,
    cast(occurred_at as date) as interaction_date,
    event_type,
    item,
    is_click,
    is_impression,
    coalesce(
        previous_instant is null
        or (
            session_id is null
            and {{ dbt.datediff('previous_instant', 'instant', 'microsecond') }}
            > 60000000 * {{ var('session_gap_minutes') }}
        ),
        true
    ) as opens_session
from sequenced
where {{ is_replaced('cast(occurred_at as date)', 'source_system') }}
