-- Measures whose bins do not add up to the customers of the model card.
with segmentations as (
    select * from {{ ref('segmentations') }}
),

bins as (
    select
        segmentation,
        source_system,
        measure,
        sum(fit_customer_count) as bin_total
    from {{ ref('segmentation_distributions') }}
    group by segmentation, source_system, measure
)

select
    segmentations.segmentation,
    segmentations.source_system,
    bins.measure,
    bins.bin_total,
    segmentations.customer_count
from segmentations
left join bins
    on
        segmentations.segmentation = bins.segmentation
        and segmentations.source_system = bins.source_system
where segmentations.customer_count <> coalesce(bins.bin_total, 0)
