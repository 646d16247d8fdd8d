-- One row per segmentation, source system, measure and bin: how the customers of the fit were
-- distributed over a feature, and over the segments. Bins are tenths (var drift_bins) of the
-- customers; equal values are never parted, so there can be fewer. A bin begins above lower_bound
-- and ends with upper_bound; the first and the last are open.
with fitted_values as (
    select * from {{ ref('fitted_values') }}
),

segmentation_models as (
    select * from {{ ref('segmentation_models') }}
),

value_counts as (
    select
        segmentation,
        source_system,
        measure,
        measure_value,
        count(*) as customer_count
    from fitted_values
    group by segmentation, source_system, measure, measure_value
),

counted as (
    select
        segmentation,
        source_system,
        measure,
        measure_value,
        customer_count,
        coalesce(
            sum(customer_count) over (
                partition by segmentation, source_system, measure
                order by measure_value
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) as smaller_count,
        sum(customer_count) over (
            partition by segmentation, source_system, measure
        ) as population
    from value_counts
),

binned as (
    select
        *,
        case
            when measure = 'segment_id' then cast(measure_value as bigint)
            else
                1 + {{ integer_divide(var('drift_bins') ~ ' * smaller_count', 'population') }}
        end as bin
    from counted
),

bins as (
    select
        segmentation,
        source_system,
        measure,
        bin,
        min(measure_value) as smallest_value,
        max(measure_value) as largest_value,
        sum(customer_count) as customer_count,
        min(population) as population
    from binned
    group by segmentation, source_system, measure, bin
),

bounded as (
    select
        *,
        lag(largest_value) over (
            partition by segmentation, source_system, measure
            order by bin
        ) as lower_bound,
        lead(bin) over (
            partition by segmentation, source_system, measure
            order by bin
        ) as next_bin
    from bins
)

select
    bounded.segmentation,
    bounded.source_system,
    segmentation_models.model_id,
    bounded.measure,
    cast(bounded.bin as integer) as bin,
    cast(bounded.lower_bound as decimal(18, 6)) as lower_bound,
    cast(case when bounded.next_bin is not null then bounded.largest_value end as decimal(18, 6))
        as upper_bound,
    cast(bounded.smallest_value as decimal(18, 6)) as smallest_value,
    cast(bounded.largest_value as decimal(18, 6)) as largest_value,
    cast(bounded.customer_count as bigint) as fit_customer_count,
    {{ ratio('bounded.customer_count', 'bounded.population', 'decimal(18, 6)') }} as fit_share
from bounded
inner join segmentation_models
    on
        bounded.segmentation = segmentation_models.segmentation
        and bounded.source_system = segmentation_models.source_system
