-- One row per search with ads shown: how many, how many clicked. A search id can stand twice in the
-- searches; its ads belong to the earliest of them, so that none is counted twice. An ad whose
-- search is unknown has no user: it counts as a guest's. Var impressions false: clicked ads only, a
-- third of a percent of the rows.
{{ config(
    enabled=is_on('ad_clicks'),
    materialized=updated_materialization(),
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    pre_hook="{{ delete_replaced('search_date', \"'ad_clicks'\") }}",
) }}

with shown as (
    select * from {{ ref('stg_ad_clicks__impressions') }}
    where rejection_reason is null and {{ 'true' if var('impressions') else 'is_click' }}
),

searches as (
    select * from {{ ref('int_ad_clicks_searches') }}
),

{%- if 'ad_clicks' in replaced_from() %}

-- Their ads belong to days that are kept.
kept_searches as (
    select distinct search_id
    from searches
    where not {{ is_replaced('search_date', "'ad_clicks'") }}
),
{%- endif %}

shown_by_search as (
    select
        shown.search_id,
        count(*) as impression_count,
        sum(case when shown.is_click then 1 else 0 end) as click_count
    from shown
    {%- if 'ad_clicks' in replaced_from() %}
    left join kept_searches
        on shown.search_id = kept_searches.search_id
    where kept_searches.search_id is null
    {%- endif %}
    group by shown.search_id
),

matched as (
    select
        shown_by_search.search_id,
        shown_by_search.impression_count,
        shown_by_search.click_count,
        searches.user_id,
        searches.search_date,
        row_number() over (
            partition by shown_by_search.search_id
            order by searches.searched_at nulls last, searches.user_id nulls last
        ) as search_number
    from shown_by_search
    left join searches
        on shown_by_search.search_id = searches.search_id
)

select
    search_id,
    user_id,
    search_date,
    impression_count,
    cast(click_count as bigint) as click_count
from matched
where search_number = 1
