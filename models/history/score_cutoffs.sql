-- One row per source system and month end: what a customer's measures have to exceed for each
-- score. Score s is for values beyond that of the customer in place (s - 1) n / 5, rounded up, from
-- the worst: the same as counting ranks with ties, and it can be held still while the customers
-- change.
{%- set measures = ['recency', 'frequency', 'monetary', 'engagement'] %}

with monthly_measures as (
    select * from {{ ref('monthly_measures') }}
    where is_scored
),

cutoffs as (
    select
        source_system,
        as_of_date,
        count(*) as customer_count,
        quantile_disc(-recency_days, [0.2, 0.4, 0.6, 0.8]) as recency,
        quantile_disc(frequency, [0.2, 0.4, 0.6, 0.8]) as frequency,
        quantile_disc(monetary_amount, [0.2, 0.4, 0.6, 0.8]) as monetary,
        quantile_disc(engagement, [0.2, 0.4, 0.6, 0.8]) as engagement
    from monthly_measures
    group by source_system, as_of_date
)

select
    source_system,
    as_of_date,
    customer_count,
    {%- for measure in measures %}
    {%- set outer_loop = loop %}
    {%- set sign = '-' if measure == 'recency' else '' %}
    {%- for score in range(2, 6) %}
    {{ sign }}{{ measure }}[{{ score - 1 }}] as {{ measure }}_cutoff_{{ score }}
    {%- if not (loop.last and outer_loop.last) %},{% endif %}
    {%- endfor %}
    {%- endfor %}
from cutoffs
