-- One row per segmentation, source system and month end: the model that assigns customers, which is
-- the latest that was fitted by then; before the first one that one, marked as cast back. A model
-- from after the as-of date is left out, and one that clustered on other features than today's.
{%- set segmentations = kmeans_features() %}

with kept_centroids as (
    select * from {{ ref('kept_centroids') }}
),

month_ends as (
    select * from {{ ref('month_ends') }}
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
),

models as (
    select
        segmentation,
        source_system,
        model_id,
        -- The same input fitted again is the same model.
        min(fitted_as_of) as fitted_as_of,
        list_sort(list(distinct feature)) as features
    from kept_centroids
    group by segmentation, source_system, model_id
),

usable as (
    select models.*
    from models
    inner join as_of_dates
        on models.source_system = as_of_dates.source_system
    where
        models.fitted_as_of <= as_of_dates.as_of_date
        and models.features = case models.segmentation
            {%- for segmentation in segmentations %}
            when '{{ segmentation }}' then {{ var('segmentation_features')[segmentation] | sort }}
            {%- endfor %}
        end
),

ranked as (
    select
        usable.segmentation,
        month_ends.source_system,
        month_ends.as_of_date,
        usable.model_id,
        usable.fitted_as_of,
        usable.fitted_as_of > month_ends.as_of_date as is_backcast,
        row_number() over (
            partition by usable.segmentation, month_ends.source_system, month_ends.as_of_date
            order by
                usable.fitted_as_of > month_ends.as_of_date,
                abs(usable.fitted_as_of - month_ends.as_of_date)
        ) as place
    from usable
    inner join month_ends
        on usable.source_system = month_ends.source_system
)

select
    segmentation,
    source_system,
    as_of_date,
    model_id,
    fitted_as_of,
    is_backcast,
    lag(model_id) over (
        partition by segmentation, source_system order by as_of_date
    ) as previous_model_id
from ranked
where place = 1
