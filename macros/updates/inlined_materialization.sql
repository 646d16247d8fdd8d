{% macro inlined_materialization() %}
    {#- Of a model between those that var late_days brings up to date: it is written anew into the query
        of its reader, because a view would remember the days of the build that made it. -#}
    {{ return('view' if late_days() is none else 'ephemeral') }}
{% endmacro %}
