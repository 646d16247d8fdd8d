{% test ids_do_not_look_alike(model, column_name, partition_by) %}
{#- Fails with every group of ids that differ only by letter case, blanks or leading zeros. They stay
    different customers; whoever owns the source should say whether they are. -#}
select
    {{ partition_by }},
    min({{ column_name }}) as first_id,
    max({{ column_name }}) as last_id,
    count(distinct {{ column_name }}) as id_count
from {{ model }}
group by
    {{ partition_by }},
    regexp_replace(lower(trim({{ column_name }})), '^0+(.)', '\1')
having count(distinct {{ column_name }}) > 1
{% endtest %}
