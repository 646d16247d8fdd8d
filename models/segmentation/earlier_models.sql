-- One row per model that an earlier build of this warehouse fitted on data of an earlier as-of date,
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
{%- set known = [] %}
{%- if kept and not var('forget_models') %}
    {%- for column in adapter.get_columns_in_relation(kept) %}
        {%- do known.append(column.name | lower) %}
    {%- endfor %}
{%- endif %}

with as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
),

kept_centroids as (
    select
        {%- for column, type in types.items() %}
        cast({{ column if column in known else 'null' }} as {{ type }}) as {{ column }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    {%- if known %}
    from {{ kept }}
    {%- else %}
    where false
    {%- endif %}
)

select kept_centroids.*
from kept_centroids
inner join as_of_dates
    on
        kept_centroids.source_system = as_of_dates.source_system
        and kept_centroids.fitted_as_of < as_of_dates.as_of_date
