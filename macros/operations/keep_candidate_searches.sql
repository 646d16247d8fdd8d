{% macro keep_candidate_searches(results) %}
    {#- Keeps what a run with var candidate_search: full tried, in operations.candidate_searches: the next build
        tries less and replaces segmentation_candidates. A search of the same input takes the place of
        the last one. -#}
    {%- if not execute -%}{{ return('') }}{%- endif -%}
    {%- set tables = {} -%}
    {%- for result in results
        if result.node.name in ['segmentation_candidates', 'segmentations']
        and result.node.package_name == 'customer_segments' and result.status == 'success' -%}
        {%- do tables.update({result.node.name: result.node.relation_name}) -%}
    {%- endfor -%}
    {%- set searched = [] -%}
    {%- for node in graph.nodes.values()
        if node.package_name == 'customer_segments' and 'contest' in node.tags -%}
        {%- do searched.append(sql_string(node.name | replace('fit_', '', 1))) -%}
    {%- endfor -%}
    {%- if not execute or var('candidate_search') != 'full' or tables | length < 2 or not searched -%}
        {{ return('') }}
    {%- endif -%}
    {%- set search -%}
    select
        '{{ invocation_id }}' as build_id,
        cast('{{ run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp) as searched_at,
        segmentations.input_hash,
        segmentations.fitted_as_of,
        candidates.*
    from {{ tables['segmentation_candidates'] }} as candidates
    inner join {{ tables['segmentations'] }} as segmentations
        on
            candidates.segmentation = segmentations.segmentation
            and candidates.source_system = segmentations.source_system
    where candidates.segmentation in ({{ searched | join(', ') }})
    {%- endset -%}
    {%- do run_query(
        "create table if not exists operations.candidate_searches as " ~ search ~ " limit 0"
    ) -%}
    {%- do run_query(
        "delete from operations.candidate_searches as old using (" ~ search ~ ") as new"
        ~ " where old.segmentation = new.segmentation and old.source_system = new.source_system"
        ~ " and old.input_hash = new.input_hash"
    ) -%}
    insert into operations.candidate_searches by name {{ search }}
{% endmacro %}
