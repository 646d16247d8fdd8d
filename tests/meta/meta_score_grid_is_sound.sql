-- The test score_grid_is_sound finds a gap, an overlap, a range upside down and a repeated
-- priority, and lets ranges overlap where the first match wins.
{%- set all_cells = "(1, 'All', 1, 5, 1, 5, cast(null as integer), cast(null as integer))" %}
{%- set cases = [
    ['whole', all_cells, true, 0],
    ['gap', "(1, 'Most', 1, 5, 1, 4, null, null)", true, 25],
    ['gap where first match wins', "(1, 'Most', 1, 5, 1, 4, null, null)", false, 0],
    ['overlap', all_cells ~ ", (2, 'Best', 5, 5, 5, 5, 5, 5)", true, 1],
    ['upside down', "(1, 'None', 5, 1, 1, 5, null, null)", false, 1],
    [
        'repeated priority',
        "(1, 'Low', 1, 2, 1, 5, null, null), (1, 'High', 3, 5, 1, 5, null, null)",
        true, 1,
    ],
] %}

{%- for name, rules, is_partition, defect_count in cases %}
{%- set grid %}
(
    select * from (values {{ rules }}) as given (
        priority, segment_name, recency_from, recency_to,
        frequency_from, frequency_to, monetary_from, monetary_to
    )
)
{%- endset %}
select
    '{{ name }}' as failing,
    count(*) as defect_count
from (
    {{ test_score_grid_is_sound(grid, is_partition) }}
) as defects
having count(*) <> {{ defect_count }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
