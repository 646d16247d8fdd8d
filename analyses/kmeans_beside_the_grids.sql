-- Do KMeans and the published grid say the same? Customers by segment of both; a segment with many
-- rows is one that the grid cuts apart.
with customers as (
    select * from {{ ref('customers') }}
    where rfm_kmeans_segment is not null
)

select
    source_system,
    rfm_kmeans_segment,
    rf25_segment,
    count(*) as customer_count,
    round(
        count(*) / sum(count(*)) over (partition by source_system, rfm_kmeans_segment), 3
    ) as share_of_kmeans_segment
from customers
group by source_system, rfm_kmeans_segment, rf25_segment
order by source_system asc, rfm_kmeans_segment asc, customer_count desc
