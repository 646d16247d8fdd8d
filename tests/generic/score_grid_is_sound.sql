{% test score_grid_is_sound(model, is_partition) %}
{#- Fails with each defect of a score grid: a range outside 1..5 or upside down, a priority used
    twice, and where the grid claims to be a partition, each cell of scores that no rule or more than
    one rule covers. -#}
with scores as (
    select score from (values (1), (2), (3), (4), (5)) as scores (score)
),

cells as (
    select
        recency.score as recency_score,
        frequency.score as frequency_score,
        monetary.score as monetary_score,
        count(rules.priority) as rule_count
    from scores as recency
    cross join scores as frequency
    cross join scores as monetary
    left join {{ model }} as rules
        on recency.score between rules.recency_from and rules.recency_to
        and frequency.score between rules.frequency_from and rules.frequency_to
        and (
            rules.monetary_from is null
            or monetary.score between rules.monetary_from and rules.monetary_to
        )
    group by recency.score, frequency.score, monetary.score
)

select
    'a range outside 1..5 or upside down' as defect,
    segment_name as place
from {{ model }}
where
    not coalesce(recency_from >= 1 and recency_to <= 5 and recency_from <= recency_to, false)
    or not coalesce(
        frequency_from >= 1 and frequency_to <= 5 and frequency_from <= frequency_to, false
    )
    or (monetary_from is null) <> (monetary_to is null)
    or monetary_from < 1 or monetary_to > 5 or monetary_from > monetary_to
union all
select
    'a priority used twice' as defect,
    cast(priority as varchar) as place
from {{ model }}
group by priority
having count(*) > 1
{%- if is_partition %}
union all
select
    'covered by ' || rule_count || ' rules' as defect,
    recency_score || '-' || frequency_score || '-' || monetary_score as place
from cells
where
    rule_count <> 1
    -- A grid without any rule is what `dbt build --empty` makes of it.
    and exists (select 1 from {{ model }})
{%- endif %}
{% endtest %}
