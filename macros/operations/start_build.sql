{% macro start_build() %}
    {#- Opens this run's row in operations.builds, in a transaction of its own: a run that is killed
        leaves the row as it is, `running`, and marts.build_status says that the set is mixed. -#}
    {%- if not execute or flags.WHICH not in ['build', 'run', 'seed'] -%}{{ return('') }}{%- endif -%}
    {%- do run_query("create schema if not exists operations") -%}
    {%- do run_query(
        "create table if not exists operations.builds ("
        ~ "build_id varchar, started_at timestamp, finished_at timestamp, state varchar,"
        ~ " is_whole boolean, was_whole boolean, source_systems varchar, model_count integer,"
        ~ " failed_count integer, settings varchar)"
    ) -%}
    {%- do run_query("alter table operations.builds add column if not exists settings varchar") -%}
    {%- do run_query(
        "create table if not exists operations.compiled_models ("
        ~ "unique_id varchar, facts varchar, reads varchar, compiled_sql varchar)"
    ) -%}
    {#- Which run made a table: those that var late_days brings up to date must all be of the same. -#}
    {%- do run_query("alter table operations.compiled_models add column if not exists build_id varchar") -%}
    {%- do run_query(
        "insert into operations.builds select '" ~ invocation_id ~ "', '"
        ~ run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') ~ "', null, 'running', false,"
        ~ " coalesce((select max_by(is_whole, started_at) from operations.builds), false), '"
        ~ source_systems() | join(',') ~ "', null, null, " ~ sql_string(build_settings())
    ) -%}
    {%- do plan_updates() -%}
{% endmacro %}
