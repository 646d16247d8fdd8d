-- One row per raw search of Avito, usable or not: `rejection_reason` says why not.
{{ config(enabled=is_on('ad_clicks'), materialized=staging_materialization('ad_clicks')) }}

with raw_searches as (
    select * from {{ raw_records('ad_clicks', 'SearchInfo') }}
),

-- Ids stay integers up to the customer grain: text keys would cost several times the memory.
typed as (
    select
        {{ raw_integer('"SearchID"', 'ad_clicks') }} as search_id,
        try_cast("SearchDate" as timestamp) as searched_at,
        {{ raw_integer('"UserID"', 'ad_clicks') }} as user_id,
        "SearchDate" is not null as has_search_date,
        "UserID" is not null as has_user_id,
        source_file,
        line_count,
        raw_row
    from raw_searches
),

judged as (
    select
        *,
        case
            when not has_search_date then 'missing_value'
            when search_id is null or (has_user_id and user_id is null) then 'invalid_number'
            when searched_at is null then 'invalid_date'
            when {{ is_implausible('cast(searched_at as date)') }} then 'implausible_date'
        end as rejection_reason
    from typed
)

select
    search_id,
    user_id,
    searched_at,
    source_file,
    line_count,
    case when rejection_reason is not null then raw_row end as raw_row,
    rejection_reason
from judged
