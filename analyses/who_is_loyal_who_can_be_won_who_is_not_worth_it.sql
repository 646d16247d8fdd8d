-- The four questions of the ad-click system, for every segmentation: who is loyal, who can be
-- converted into a more profitable customer, how to reach them, who is not worth resources.
with segments as (
    select * from {{ ref('segments') }}
    where not is_noise
)

select
    segmentation,
    source_system,
    segment_name,
    customer_count,
    case
        when effort = 'none' then 'not worth resources'
        when effort = 'keep' then 'loyal or steady: keep'
        else 'can be won: invest'
    end as answer,
    lever,
    contact_method as how_to_reach_them,
    growth_potential
from segments
order by segmentation asc, source_system asc, effort asc, growth_potential desc
