{% macro node_facts(node) %}
    {#- What lineage and `make publish` need to know of a model, seed or source, under the names of dbt's
        manifest. -#}
    {{ return({
        'unique_id': node.unique_id,
        'resource_type': node.resource_type,
        'package_name': node.package_name,
        'source_name': node.get('source_name'),
        'name': node.name,
        'schema': node.schema,
        'alias': node.get('alias'),
        'identifier': node.get('identifier'),
        'language': node.get('language'),
        'access': node.config.get('access') or node.get('access'),
        'columns': node.columns | list,
        'config': {'materialized': node.config.get('materialized'), 'meta': {
            'grain': node.config.get('meta', {}).get('grain', []),
            'lineage': node.config.get('meta', {}).get('lineage', {}),
        }},
        'depends_on': {'nodes': node.get('depends_on', {}).get('nodes', [])},
    }) }}
{% endmacro %}
