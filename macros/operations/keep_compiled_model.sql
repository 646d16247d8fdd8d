{% macro keep_compiled_model() %}
    {#- Post-hook of every model: keeps the SQL that made the table, in the transaction that makes it,
        with what dbt knows of the model. attribute_lineage is read off these, so it speaks of the tables
        as they stand, also after a build of some of them. The folder of the raw files is left out: the
        same data give the same lineage wherever they lie. -#}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    delete from operations.compiled_models where unique_id = {{ sql_string(model.unique_id) }};
    insert into operations.compiled_models (unique_id, facts, reads, compiled_sql, build_id) values (
        {{ sql_string(model.unique_id) }},
        {{ sql_string(tojson(node_facts(model))) }},
        {{ sql_string(tojson(read_facts(model))) }},
        {{ sql_string(model.compiled_code | replace(sql_string(data_dir() ~ '/')[1:-1], 'DATA_DIR/')) if model.language == 'sql' else 'null' }},
        '{{ invocation_id }}'
    )
{% endmacro %}
