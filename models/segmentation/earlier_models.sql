-- One row per model that an earlier build of this warehouse fitted on data of an earlier date,
-- segment and feature: what the fits of this build know of the past. Empty in the first build. It
-- is read from where it was left, the one table here that is no ref(): kept_centroids is made of
-- the fits, so that would be a circle. A model of the same or a later date is not known, so that a
-- second build, and one as of the past, tells the same story again.
{%- set types = {
    'segmentation': 'varchar', 'source_system': 'varchar', 'fitted_as_of': 'date',
    'model_id': 'varchar', 'segment_id': 'bigint', 'segment_name': 'varchar',
    'feature': 'varchar', 'mean': 'double', 'scale': 'double', 'centroid': 'double',
    'reach': 'double', 'is_nearest_centroid': 'boolean', 'parameters': 'varchar',
} %}
{%- set kept = earlier_relation('kept_centroids') %}
{%- set is_known = kept is not none and not var('forget_models') %}
{%- set columns = adapter.get_columns_in_relation(kept) if is_known else [] %}
{%- set known = columns | map(attribute='name') | map('lower') | list %}
{#- What an older build did not keep is null. -#}
{%- set casts = [] %}
{%- for column, type in types.items() %}
{%- set value = column if column in known else 'null' %}
{%- do casts.append('cast(' ~ value ~ ' as ' ~ type ~ ') as ' ~ column) %}
{%- endfor %}

with as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
),

kept_centroids as (
    select
        {{ casts | join(',\n        ') }}
    {{ 'from ' ~ kept if is_known else 'where false' }}
)

select kept_centroids.*
from kept_centroids
inner join as_of_dates
    on
        kept_centroids.source_system = as_of_dates.source_system
        and kept_centroids.fitted_as_of < as_of_dates.as_of_date
