-- One row per raw table and part of its total in Avito: where the searches, the ads shown and the
-- clicks went. Each part is counted where it ends up, so that a row lost on the way shows.
-- Var impressions false: of the ads shown only the clicked rows are read, and counted here.
{{ config(enabled=is_on('ad_clicks'), materialized='view') }}

with staged_searches as (
    select * from {{ ref('stg_ad_clicks__searches') }}
),

staged_impressions as (
    select * from {{ ref('stg_ad_clicks__impressions') }}
    {%- if not var('impressions') %}
    where is_click or rejection_reason is not null
    {%- endif %}
),

searches as (
    select * from {{ ref('int_ad_clicks_searches') }}
),

stream as (
    select * from {{ ref('int_ad_clicks_stream') }}
),

customer_days as (
    select * from {{ ref('int_customer_days') }}
    where source_system = 'ad_clicks'
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
    where source_system = 'ad_clicks'
),

parts as (
    select
        'SearchInfo' as source_table,
        'raw_total' as part,
        count(*) as row_count,
        cast(null as bigint) as click_count
    from staged_searches
    union all
    select
        'SearchInfo' as source_table,
        'rejected' as part,
        count(*) as row_count,
        cast(null as bigint) as click_count
    from staged_searches
    where rejection_reason is not null
    union all
    select
        'SearchInfo' as source_table,
        case
            when searches.search_date >= as_of_dates.as_of_date then 'after_as_of'
            else 'guest'
        end as part,
        count(*) as row_count,
        cast(null as bigint) as click_count
    from searches
    cross join as_of_dates
    where searches.search_date >= as_of_dates.as_of_date or searches.user_id is null
    group by 1, 2
    union all
    select
        'SearchInfo' as source_table,
        'used' as part,
        sum(source_row_count) as row_count,
        cast(null as bigint) as click_count
    from customer_days
    union all
    select
        'trainSearchStream' as source_table,
        'raw_total' as part,
        count(*) as row_count,
        sum(case when is_click then 1 else 0 end) as click_count
    from staged_impressions
    union all
    select
        'trainSearchStream' as source_table,
        'rejected' as part,
        count(*) as row_count,
        sum(case when is_click then 1 else 0 end) as click_count
    from staged_impressions
    where rejection_reason is not null
    union all
    select
        'trainSearchStream' as source_table,
        case
            when stream.search_date >= as_of_dates.as_of_date then 'after_as_of'
            else 'guest'
        end as part,
        sum(stream.impression_count) as row_count,
        sum(stream.click_count) as click_count
    from stream
    cross join as_of_dates
    where stream.search_date >= as_of_dates.as_of_date or stream.user_id is null
    group by 1, 2
    union all
    select
        'trainSearchStream' as source_table,
        'used' as part,
        sum({{ 'impression_count' if var('impressions') else 'click_count' }}) as row_count,
        sum(click_count) as click_count
    from customer_days
)

select
    'ad_clicks' as source_system,
    source_table,
    part,
    row_count,
    cast(null as decimal(38, 5)) as amount,
    click_count
from parts
