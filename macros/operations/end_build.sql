{% macro end_build(results) %}
    {#- Closes the row that start_build() opened. The set of tables is whole when every model was built,
        be it after `dbt seed`, or when part of a whole set was rebuilt with all that depends on it. -#}
    {%- if not execute or flags.WHICH not in ['build', 'run', 'seed'] -%}{{ return('') }}{%- endif -%}
    {%- set ns = namespace(built=0, failed=0, outdated=0, is_partial=false) -%}
    {%- set built = {} -%}
    {#- Where this project is installed as a package, the other project's models are not its set. -#}
    {%- for result in results
        if result.node.resource_type in ['model', 'seed']
        and result.node.package_name == 'customer_segments' -%}
        {%- if result.status == 'success' -%}
            {%- set ns.built = ns.built + 1 -%}
            {%- do built.update({result.node.unique_id: true}) -%}
        {%- else -%}
            {%- set ns.failed = ns.failed + 1 -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do advise_on_late_rows(results) -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.package_name == 'customer_segments'
        and node.unique_id not in built -%}
        {%- set ns.is_partial = true -%}
        {%- if node.depends_on.get('nodes', []) | select('in', built) | list -%}
            {%- set ns.outdated = ns.outdated + 1 -%}
        {%- endif -%}
    {%- endfor -%}
    update operations.builds set
        finished_at = '{{ modules.datetime.datetime.utcnow().strftime("%Y-%m-%d %H:%M:%S") }}',
        state = '{{ "failed" if ns.failed else "complete" }}',
        is_whole = {{ 'false' if ns.failed or ns.outdated else ('was_whole' if ns.is_partial else 'true') }},
        model_count = {{ ns.built }},
        failed_count = {{ ns.failed }}
    where build_id = '{{ invocation_id }}'
{% endmacro %}
