{% macro raw_source(source_name, table_name) %}
    {#- The source's entry in the YAML, where its files, delimiter and columns are declared. -#}
    {%- for node in graph.sources.values()
        if node.package_name == 'customer_segments'
        and node.source_name == source_name and node.name == table_name -%}
        {{ return(node) }}
    {%- endfor -%}
    {{ exceptions.raise_compiler_error(
        "source " ~ source_name ~ "." ~ table_name ~ " is not declared or is switched off"
    ) }}
{% endmacro %}
