-- One row per user and day with a search, in the columns of int_customer_days. Clicks and ads shown
-- count on the day of their search.
{{ config(enabled=is_on('ad_clicks'), materialized='view') }}

with searches as (
    select * from {{ ref('int_ad_clicks_searches') }}
    where user_id is not null
),

stream as (
    select * from {{ ref('int_ad_clicks_stream') }}
    where user_id is not null
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
    where source_system = 'ad_clicks'
),

search_days as (
    select
        user_id,
        search_date,
        count(*) as session_count
    from searches
    group by user_id, search_date
),

stream_days as (
    select
        user_id,
        search_date,
        sum(impression_count) as impression_count,
        sum(click_count) as click_count
    from stream
    group by user_id, search_date
)

select
    'ad_clicks' as source_system,
    cast(search_days.user_id as {{ dbt.type_string() }}) as customer_id,
    search_days.search_date as activity_date,
    1 as active_day_count,
    cast(null as integer) as purchase_day_count,
    cast(null as bigint) as order_count,
    cast(null as bigint) as purchase_line_count,
    cast(null as bigint) as return_count,
    cast(null as bigint) as distinct_product_count,
    -- What a user does beyond looking is to click.
    cast(coalesce(stream_days.click_count, 0) as bigint) as interaction_count,
    search_days.session_count,
    {%- if var('impressions') %}
    cast(coalesce(stream_days.impression_count, 0) as bigint) as impression_count,
    {%- else %}
    cast(null as bigint) as impression_count,
    {%- endif %}
    cast(coalesce(stream_days.click_count, 0) as bigint) as click_count,
    cast(null as bigint) as distinct_item_count,
    cast(null as decimal(38, 5)) as gross_amount,
    cast(null as decimal(38, 5)) as returned_amount,
    cast(null as decimal(38, 5)) as product_returned_amount,
    cast(null as decimal(38, 5)) as inflow_amount,
    cast(null as decimal(38, 5)) as outflow_amount,
    search_days.session_count as source_row_count
from search_days
inner join as_of_dates
    on search_days.search_date < as_of_dates.as_of_date
left join stream_days
    on
        search_days.user_id = stream_days.user_id
        and search_days.search_date = stream_days.search_date
