-- One row per segmentation, source system, model and measure: how far today's customers are from
-- those that the model was fitted on. The models are the one in use, from which they are 0 away
-- after a build that fitted, because then they are the same, and the one before it.
{%- set levels = var('drift_levels') %}

with segmentation_distributions as (
    select * from {{ ref('segmentation_distributions') }}
),

kept_distributions as (
    select * from {{ ref('kept_distributions') }}
),

segmentation_models as (
    select * from {{ ref('segmentation_models') }}
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
),

fitted_values as (
    select * from {{ ref('fitted_values') }}
),

earlier_bins as (
    select
        kept_distributions.*,
        max(kept_distributions.fitted_as_of) over (
            partition by kept_distributions.segmentation, kept_distributions.source_system
        ) as last_fitted_as_of,
        -- The numbers of segments mean the same only where a fit recognised those before it.
        kept_distributions.measure <> 'segment_id'
        or coalesce(kept_distributions.model_id = segmentation_models.previous_model_id, false)
            as is_comparable
    from kept_distributions
    inner join as_of_dates
        on
            kept_distributions.source_system = as_of_dates.source_system
            and kept_distributions.fitted_as_of < as_of_dates.as_of_date
    inner join segmentation_models
        on
            kept_distributions.segmentation = segmentation_models.segmentation
            and kept_distributions.source_system = segmentation_models.source_system
            and kept_distributions.model_id <> segmentation_models.model_id
),

fitted_bins as (
    select
        segmentation,
        source_system,
        model_id,
        false as is_previous_model,
        measure,
        bin,
        lower_bound,
        upper_bound,
        fit_customer_count
    from segmentation_distributions
    union all
    select
        segmentation,
        source_system,
        model_id,
        true as is_previous_model,
        measure,
        bin,
        lower_bound,
        upper_bound,
        fit_customer_count
    from earlier_bins
    where is_comparable and fitted_as_of = last_fitted_as_of
),

bins as (
    select
        fitted_bins.segmentation,
        fitted_bins.source_system,
        fitted_bins.model_id,
        fitted_bins.is_previous_model,
        fitted_bins.measure,
        fitted_bins.bin,
        fitted_bins.fit_customer_count,
        count(fitted_values.customer_id) as current_customer_count
    from fitted_bins
    left join fitted_values
        on
            fitted_bins.segmentation = fitted_values.segmentation
            and fitted_bins.source_system = fitted_values.source_system
            and fitted_bins.measure = fitted_values.measure
            and case
                when fitted_bins.measure = 'segment_id'
                    then fitted_bins.bin = fitted_values.measure_value
                else
                    coalesce(fitted_bins.lower_bound < fitted_values.measure_value, true)
                    and coalesce(fitted_bins.upper_bound >= fitted_values.measure_value, true)
            end
    group by
        fitted_bins.segmentation,
        fitted_bins.source_system,
        fitted_bins.model_id,
        fitted_bins.is_previous_model,
        fitted_bins.measure,
        fitted_bins.bin,
        fitted_bins.fit_customer_count
),

segment_models as (
    select
        segmentation,
        source_system,
        model_id,
        is_previous_model,
        list(distinct bin) as segment_ids
    from fitted_bins
    where measure = 'segment_id'
    group by segmentation, source_system, model_id, is_previous_model
),

-- A segment that the model did not have is a bin that was empty.
new_segments as (
    select
        segment_models.segmentation,
        segment_models.source_system,
        segment_models.model_id,
        segment_models.is_previous_model,
        fitted_values.measure,
        cast(fitted_values.measure_value as integer) as bin,
        0 as fit_customer_count,
        count(*) as current_customer_count
    from segment_models
    inner join fitted_values
        on
            segment_models.segmentation = fitted_values.segmentation
            and segment_models.source_system = fitted_values.source_system
            and fitted_values.measure = 'segment_id'
            and not list_contains(
                segment_models.segment_ids, cast(fitted_values.measure_value as integer)
            )
    group by
        segment_models.segmentation,
        segment_models.source_system,
        segment_models.model_id,
        segment_models.is_previous_model,
        fitted_values.measure,
        fitted_values.measure_value
),

all_bins as (
    select * from bins
    union all
    select * from new_segments
),

totalled as (
    select
        *,
        sum(fit_customer_count) over (
            partition by segmentation, source_system, model_id, measure
        ) as fit_total,
        sum(current_customer_count) over (
            partition by segmentation, source_system, model_id, measure
        ) as current_total
    from all_bins
),

measured as (
    select
        segmentation,
        source_system,
        model_id,
        is_previous_model,
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
    group by segmentation, source_system, model_id, is_previous_model, measure
)

select
    segmentation,
    source_system,
    model_id,
    is_previous_model,
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
