-- One row per valid search of Avito; a search without a user is a guest's.
{{ config(enabled=is_on('ad_clicks'), materialized='view') }}

select
    search_id,
    user_id,
    searched_at,
    cast(searched_at as date) as search_date
from {{ ref('stg_ad_clicks__searches') }}
where rejection_reason is null
