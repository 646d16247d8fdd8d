-- One row per model that was ever fitted in this warehouse, measure and bin: what it had seen, kept
-- as kept_centroids is, so that today's customers can be held against earlier fits, too.
{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['segmentation', 'source_system', 'fitted_as_of'],
    on_schema_change='append_new_columns',
    full_refresh=var('forget_models'),
) }}

with segmentation_distributions as (
    select * from {{ ref('segmentation_distributions') }}
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
)

select
    segmentation_distributions.segmentation,
    segmentation_distributions.source_system,
    segmentation_distributions.model_id,
    as_of_dates.as_of_date as fitted_as_of,
    -- Whose settings made the features: operations.builds has them.
    '{{ invocation_id }}' as build_id,
    segmentation_distributions.measure,
    segmentation_distributions.bin,
    segmentation_distributions.lower_bound,
    segmentation_distributions.upper_bound,
    segmentation_distributions.smallest_value,
    segmentation_distributions.largest_value,
    segmentation_distributions.fit_customer_count
from segmentation_distributions
inner join as_of_dates
    on segmentation_distributions.source_system = as_of_dates.source_system
-- A model without a date (card holders have none) has no place in time.
where as_of_dates.as_of_date is not null
