{% test event_types_are_few(model, max_count=1000) %}
{#- Fails with each source system that has more event types than a business can mean: probably addresses
    or ids, which belong to item. -#}
select
    source_system,
    count(distinct event_type) as event_type_count
from {{ model }}
group by source_system
having count(distinct event_type) > {{ max_count }}
{% endtest %}
