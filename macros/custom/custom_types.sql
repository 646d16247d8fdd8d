{% macro custom_types(relation, mapping) %}
    {#- Kind of type of each mapped column. -#}
    {%- set types = {} -%}
    {%- for name, column in mapping.items() -%}
        {%- do types.update({name: custom_type(relation.columns[column])}) -%}
    {%- endfor -%}
    {{ return(types) }}
{% endmacro %}
