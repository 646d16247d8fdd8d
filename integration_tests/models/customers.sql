-- One row per card holder of the shop: the segment the package puts them in, and what to do.
with card_holders as (
    select * from {{ ref('customer_segments', 'customers') }}
    where source_system = 'corner_shop'
),

segments as (
    select * from {{ ref('customer_segments', 'segments') }}
    where source_system = 'corner_shop' and segmentation = 'rfm_kmeans'
)

select
    card_holders.customer_id as card,
    card_holders.recency_days,
    card_holders.order_count,
    card_holders.net_amount,
    card_holders.session_count,
    card_holders.rfm_kmeans_segment as segment,
    segments.lever
from card_holders
left join segments
    on card_holders.rfm_kmeans_segment = segments.segment_name
