{% macro check_raw_files() %}
    {#- Before anything is built: every raw table about to be read has its files, each file a header,
        each header the columns. All problems are reported at once. -#}
    {%- if not execute or flags.WHICH not in ['build', 'run'] -%}{{ return('') }}{%- endif -%}
    {%- set needed = [] -%}
    {%- set models = [] -%}
    {%- for unique_id in selected_resources if unique_id in graph.nodes -%}
        {%- do needed.extend(graph.nodes[unique_id].depends_on.get('nodes', [])) -%}
        {%- do models.append(graph.nodes[unique_id].name) -%}
    {%- endfor -%}
    {%- set problems = [] -%}
    {%- for unique_id in needed | unique | sort
        if unique_id.startswith('source.customer_segments.')
        and graph.sources.get(unique_id, {}).get('config', {}).get('meta', {}).get('files') -%}
        {%- do problems.extend(raw_file_problems(published_raw_table(graph.sources[unique_id]))) -%}
    {%- endfor -%}
    {%- for source in active_custom_sources()
        if source.files and 'stg_custom__' ~ source.kind in models -%}
        {%- do problems.extend(raw_file_problems(custom_raw_table(source))) -%}
    {%- endfor -%}
    {%- for source in active_custom_sources()
        if source.columns and 'stg_custom__' ~ source.kind in models -%}
        {%- if source.kind == 'orders' and 'order_id' not in source.columns -%}
            {%- do log(
                custom_label(source) ~ ": no order_id is mapped, so rows of one customer with the same"
                ~ " time stamp are one order.", info=true
            ) -%}
        {%- elif source.kind == 'interactions' and 'session_id' not in source.columns -%}
            {%- do log(
                custom_label(source) ~ ": no session_id is mapped, so a session ends after "
                ~ var('session_gap_minutes') ~ " minutes without a row.", info=true
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error(
            "The raw files cannot be used:\n  - " ~ problems | join('\n  - ') ~ "\n"
            ~ "DATA_DIR is " ~ data_dir() ~ "; SOURCE_SYSTEMS is " ~ source_systems() | join(',')
            ~ "."
        ) }}
    {%- endif -%}
{% endmacro %}
