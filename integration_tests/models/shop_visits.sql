-- One row per page that somebody looked at in the app. Var custom_interactions maps these
-- columns.
with app_visits as (
    select * from {{ ref('app_visits') }}
)

select
    card,
    seen_at,
    page
from app_visits
