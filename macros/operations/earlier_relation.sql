{% macro earlier_relation(model_name) %}
    {#- The table of a model of this project as the last build left it; none where there is none. -#}
    {%- if not execute -%}{{ return(none) }}{%- endif -%}
    {%- set node = graph.nodes.get('model.customer_segments.' ~ model_name) -%}
    {#- A project that installs this one may have switched the model off. -#}
    {%- if node is none -%}{{ return(none) }}{%- endif -%}
    {{ return(adapter.get_relation(
        database=node.database, schema=node.schema, identifier=node.alias
    )) }}
{% endmacro %}
