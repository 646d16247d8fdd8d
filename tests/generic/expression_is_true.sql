{% test expression_is_true(model, expression) %}
{#- Fails with every row for which the expression is false; null passes, as in a check constraint. -#}
select *
from {{ model }}
where not ({{ expression }})
{% endtest %}
