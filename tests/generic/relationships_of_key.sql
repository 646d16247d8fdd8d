{% test relationships_of_key(model, to, key) %}
{#- Fails with every key of the model that the other table does not have; a key with nulls has none. -#}
select distinct
    {% for column in key -%}
    child.{{ column }}{{ ', ' if not loop.last }}
    {%- endfor %}
from {{ model }} as child
left join {{ to }} as parent
    on
        {% for column in key -%}
        child.{{ column }} = parent.{{ column }}{{ ' and ' if not loop.last }}
        {%- endfor %}
where parent.{{ key[0] }} is null
{% endtest %}
