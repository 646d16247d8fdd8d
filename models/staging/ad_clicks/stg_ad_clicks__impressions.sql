-- One row per raw ad shown on Avito, usable or not: `rejection_reason` says why not.
{{ config(enabled=is_on('ad_clicks'), materialized=staging_materialization('ad_clicks')) }}

with raw_impressions as (
    select * from {{ raw_records('ad_clicks', 'trainSearchStream') }}
),

typed as (
    select
        {{ raw_integer('"SearchID"', 'ad_clicks') }} as search_id,
        {{ raw_integer('"AdID"', 'ad_clicks') }} as ad_id,
        {{ raw_integer('"ObjectType"', 'ad_clicks') }} as object_type,
        {{ raw_integer('"IsClick"', 'ad_clicks') }} as click_flag,
        "IsClick" is not null as has_click_flag,
        source_file,
        line_count,
        raw_row
    from raw_impressions
),

judged as (
    select
        *,
        case
            when search_id is null then 'invalid_number'
            when has_click_flag and (click_flag is null or click_flag not in (0, 1))
                then 'invalid_number'
        end as rejection_reason
    from typed
)

select
    search_id,
    ad_id,
    object_type,
    -- Null unless the ad is contextual: for other ads the publisher recorded no clicks.
    click_flag = 1 as is_click,
    source_file,
    line_count,
    case when rejection_reason is not null then raw_row end as raw_row,
    rejection_reason
from judged
