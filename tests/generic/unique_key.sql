{% test unique_key(model, key) %}
{#- Fails with one row per key that occurs more than once; nulls count as equal. -#}
select
    {{ key | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ key | join(', ') }}
having count(*) > 1
{% endtest %}
