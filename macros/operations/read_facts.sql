{% macro read_facts(node) %}
    {#- The facts of what a model reads, but for the models of this project, which keep their own. -#}
    {%- set facts = [] -%}
    {%- for unique_id in node.depends_on.nodes -%}
        {%- set read = graph.nodes.get(unique_id) or graph.sources[unique_id] -%}
        {%- if not (read.resource_type == 'model' and read.package_name == 'customer_segments') -%}
            {%- do facts.append(node_facts(read)) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(facts) }}
{% endmacro %}
