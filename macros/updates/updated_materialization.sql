{% macro updated_materialization() %}
    {#- Of a model that var late_days brings up to date. -#}
    {{ return('table' if late_days() is none else 'incremental') }}
{% endmacro %}
