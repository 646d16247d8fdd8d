-- One row per customer and month end: the scores of that month, and those of the same values by the
-- cut-offs of the month before (frozen). Null where there is nothing to score.
{%- set measures = {
    'recency': 'recency_days',
    'frequency': 'frequency',
    'monetary': 'monetary_amount',
    'engagement': 'engagement',
} %}

with monthly_measures as (
    select * from {{ ref('monthly_measures') }}
    where is_scored
),

monthly_totals as (
    select * from {{ ref('monthly_totals') }}
),

month_ends as (
    select * from {{ ref('month_ends') }}
),

score_cutoffs as (
    select * from {{ ref('score_cutoffs') }}
),

scored as (
    select
        monthly_measures.source_system,
        monthly_measures.customer_id,
        monthly_measures.as_of_date,
        {%- for measure, value in measures.items() %}
        {{ score_by_cutoffs(measure, 'monthly_measures.' ~ value, 'cutoffs') }}
            as {{ measure }}_score,
        {{ score_by_cutoffs(measure, 'monthly_measures.' ~ value, 'frozen_cutoffs') }}
            as frozen_{{ measure }}_score,
        {%- endfor %}
        monthly_measures.net_amount
    from monthly_measures
    inner join month_ends
        on
            monthly_measures.source_system = month_ends.source_system
            and monthly_measures.as_of_date = month_ends.as_of_date
    inner join score_cutoffs as cutoffs
        on
            month_ends.source_system = cutoffs.source_system
            and month_ends.as_of_date = cutoffs.as_of_date
    left join score_cutoffs as frozen_cutoffs
        on
            month_ends.source_system = frozen_cutoffs.source_system
            and month_ends.previous_as_of_date = frozen_cutoffs.as_of_date
)

select
    source_system,
    customer_id,
    as_of_date,
    {%- for measure in measures %}
    {{ measure }}_score,
    {%- endfor %}
    coalesce(100 * recency_score + 10 * frequency_score + coalesce(monetary_score, 0), 0)
        as score_code,
    -- Nothing can be held still where nobody was scored the month before.
    coalesce(
        100 * frozen_recency_score + 10 * frozen_frequency_score + case
            when monetary_score is null then 0
            else coalesce(frozen_monetary_score, monetary_score)
        end,
        100 * recency_score + 10 * frequency_score + coalesce(monetary_score, 0),
        0
    ) as frozen_score_code,
    net_amount
from scored
union all
select
    source_system,
    customer_id,
    as_of_date,
    {%- for measure in measures %}
    null as {{ measure }}_score,
    {%- endfor %}
    0 as score_code,
    0 as frozen_score_code,
    net_amount
from monthly_totals
where coalesce(order_count, session_count, 0) = 0
