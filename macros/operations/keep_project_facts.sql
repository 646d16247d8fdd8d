{% macro keep_project_facts() %}
    {#- Pre-hook of traced_lineage: makes operations.compiled_models the models of the project. Those that
        it no longer has are forgotten. Those that were never built are noted without SQL, so that a public
        column without lineage is missed. Who uses the public tables is noted beside them. -#}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set models = graph.nodes.values()
        | selectattr('resource_type', 'equalto', 'model')
        | selectattr('package_name', 'equalto', 'customer_segments') | list -%}
    create or replace temp table project_models (unique_id varchar, facts varchar, reads varchar);
    insert into project_models values
    {%- for node in models %}
    ({{ sql_string(node.unique_id) }}, {{ sql_string(tojson(node_facts(node))) }}, {{ sql_string(tojson(read_facts(node))) }})
    {{- ';' if loop.last else ',' }}
    {%- endfor %}
    delete from operations.compiled_models where unique_id not in (select unique_id from project_models)
    {#- The SQL of a model that is now written into its readers stands there. -#}
    or unique_id in (
        select unique_id from project_models where facts ->> '$.config.materialized' = 'ephemeral'
    );
    insert into operations.compiled_models (unique_id, facts, reads)
    select unique_id, facts, reads from project_models
    where unique_id not in (select unique_id from operations.compiled_models);
    drop table project_models;
    create or replace table operations.exposures (name varchar, type varchar, owner varchar, model varchar);
    {%- for exposure in graph.exposures.values() %}
        {%- for unique_id in exposure.depends_on.nodes %}
    insert into operations.exposures values (
        {{ sql_string(exposure.label or exposure.name) }},
        {{ sql_string(exposure.type) }},
        {{ sql_string(exposure.owner.name) }},
        {{ sql_string(unique_id.split('.')[-1]) }}
    );
        {%- endfor %}
    {%- endfor %}
{% endmacro %}
