-- One row per rule of a segmentation's rule card: a condition in raw units, and how well it
-- describes its segment, counted here by running the condition.
{%- set features_of = {} %}
{%- for segmentation, settings in fitted_segmentations().items() %}
{%- do features_of.update({segmentation: ref(settings.feature_table)}) %}
{%- endfor %}
{#- The conditions are rows of the fits, so they are read before this query can be written. -#}
{%- set fits = ref('segmentation_fits') %}
{%- set rules = [] %}
{%- if execute and load_relation(fits) is not none %}
{%- set rules = run_query(
    "select segmentation, source_system, segment_id, text from " ~ fits
    ~ " where record_kind = 'rule' and name = 'precision' order by all"
).rows %}
{%- endif %}

with segment_memberships as (
    select * from {{ ref('segment_memberships') }}
    where not is_noise
),

counted as (
    {%- for segmentation, source_system, segment_id, condition in rules %}
    select
        '{{ segmentation }}' as segmentation,
        '{{ source_system }}' as source_system,
        {{ segment_id }} as segment_id,
        {{ sql_string(condition) }} as condition,
        count(case when {{ condition }} then 1 end) as support,
        count(
            case when {{ condition }} and segment_memberships.segment_id = {{ segment_id }} then 1 end
        ) as right_count,
        count(*) as customer_count
    from {{ features_of[segmentation] }} as features
    inner join segment_memberships
        on
            features.source_system = segment_memberships.source_system
            and features.customer_id = segment_memberships.customer_id
    where
        features.source_system = '{{ source_system }}'
        and segment_memberships.segmentation = '{{ segmentation }}'
    union all
    {%- endfor %}
    select
        cast(null as varchar) as segmentation,
        cast(null as varchar) as source_system,
        cast(null as bigint) as segment_id,
        cast(null as varchar) as condition,
        cast(null as bigint) as support,
        cast(null as bigint) as right_count,
        cast(null as bigint) as customer_count
    from segment_memberships
    where 1 = 0
)

select
    segmentation,
    source_system,
    cast(segment_id as bigint) as segment_id,
    condition,
    cast(support as bigint) as support,
    cast(support as double) / customer_count as coverage,
    cast(right_count as double) / nullif(support, 0) as precision
from counted
