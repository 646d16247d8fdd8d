-- The four questions of the ad-click system, for every segmentation: who is loyal, who can be
-- converted into a more profitable customer, how to reach them, who is not worth resources. The
-- answer is the segment's effort; share and medians say what it rests on. Without money, as in
-- ad_clicks, there is no growth_potential, and the frequency is the number of clicks.
with segments as (
    select * from {{ ref('segments') }}
    where not is_noise
)

select
    segmentation,
    source_system,
    case effort
        when 'keep' then 'loyal or steady: keep'
        when 'invest' then 'can be won: invest'
        else 'not worth resources'
    end as answer,
    segment_name,
    contact_method as how_to_reach_them,
    lever,
    customer_count,
    customer_share,
    sum(customer_share) over (partition by segmentation, source_system, effort) as share_of_answer,
    median_recency_days,
    median_order_count as median_frequency,
    revenue_share,
    growth_potential
from segments
order by
    segmentation asc,
    source_system asc,
    case effort when 'keep' then 1 when 'invest' then 2 else 3 end asc,
    growth_potential desc nulls last,
    customer_count desc,
    segment_name asc
