-- One row per segmentation, source system and measure: how far today's customers are from those
-- that the model was fitted on. 0 after a build that fitted, because then they are the same.
{%- set levels = var('drift_levels') %}

with segmentation_distributions as (
    select * from {{ ref('segmentation_distributions') }}
),

fitted_values as (
    select * from {{ ref('fitted_values') }}
),

bins as (
    select
        segmentation_distributions.segmentation,
        segmentation_distributions.source_system,
        segmentation_distributions.model_id,
        segmentation_distributions.measure,
        segmentation_distributions.bin,
        segmentation_distributions.fit_customer_count,
        count(fitted_values.customer_id) as current_customer_count
    from segmentation_distributions
    left join fitted_values
        on
            segmentation_distributions.segmentation = fitted_values.segmentation
            and segmentation_distributions.source_system = fitted_values.source_system
            and segmentation_distributions.measure = fitted_values.measure
            and (
                segmentation_distributions.lower_bound is null
                or segmentation_distributions.lower_bound < fitted_values.measure_value
            )
            and (
                segmentation_distributions.upper_bound is null
                or segmentation_distributions.upper_bound >= fitted_values.measure_value
            )
    group by
        segmentation_distributions.segmentation,
        segmentation_distributions.source_system,
        segmentation_distributions.model_id,
        segmentation_distributions.measure,
        segmentation_distributions.bin,
        segmentation_distributions.fit_customer_count
),

totalled as (
    select
        *,
        sum(fit_customer_count) over (
            partition by segmentation, source_system, measure
        ) as fit_total,
        sum(current_customer_count) over (
            partition by segmentation, source_system, measure
        ) as current_total
    from bins
),

measured as (
    select
        segmentation,
        source_system,
        model_id,
        measure,
        count(*) as bin_count,
        min(fit_total) as fit_customer_count,
        min(current_total) as current_customer_count,
        case
            when min(current_total) > 0
                then
                    {{ population_stability_index(
                        'fit_customer_count', 'fit_total', 'current_customer_count', 'current_total'
                    ) | indent(20) }}
        end as population_stability_index,
        (count(*) - 1) * (1e0 / min(fit_total) + 1e0 / nullif(min(current_total), 0))
            as index_by_chance
    from totalled
    group by segmentation, source_system, model_id, measure
)

select
    segmentation,
    source_system,
    model_id,
    measure,
    cast(bin_count as integer) as bin_count,
    cast(fit_customer_count as bigint) as fit_customer_count,
    cast(current_customer_count as bigint) as current_customer_count,
    cast(population_stability_index as decimal(18, 6)) as population_stability_index,
    cast(index_by_chance as decimal(18, 6)) as index_by_chance,
    case
        when index_by_chance is null or index_by_chance >= {{ levels.watch }}
            then 'too few customers'
        when population_stability_index >= {{ levels.act }} then 'act'
        when population_stability_index >= {{ levels.watch }} then 'watch'
        else 'stable'
    end as drift_level
from measured
