{% test every_line_is_staged(model, source_name, table_name=none) %}
{#- Fails with each raw file whose lines do not all stand in the staging model, used or rejected. Source
    `custom`: with each file or relation of each custom source of orders or interactions. -#}
{%- set counts = [] -%}
{%- if execute and flags.WHICH in ['build', 'test'] and not flags.EMPTY -%}
    {%- if source_name == 'custom' -%}
        {%- for custom_source in active_custom_sources(table_name) -%}
            {%- set system = sql_string(custom_source.source_system) -%}
            {%- if custom_source.format == 'relation' -%}
                {%- set relation = custom_table(custom_source) -%}
                {%- set counted = run_query("select count(*) from " ~ relation) -%}
                {%- do counts.append([system, relation | replace('"', ''), counted.rows[0][0]]) -%}
            {%- else -%}
                {%- set files = raw_files(custom_source.files) -%}
                {%- for file, line_count in line_counts(
                    files, custom_source.format, custom_source.delimiter
                ) -%}
                    {%- do counts.append([system, file, line_count]) -%}
                {%- endfor -%}
            {%- endif -%}
        {%- endfor -%}
    {%- else -%}
        {%- set format = raw_format(source_name) -%}
        {%- set meta = raw_source(source_name, table_name).config.meta -%}
        {%- set files = raw_files(meta.files, format) -%}
        {%- for file, line_count in line_counts(files, format, meta.delimiter) -%}
            {%- do counts.append(["''", file, line_count]) -%}
        {%- endfor -%}
    {%- endif -%}
{%- elif source_name == 'custom' -%}
    {%- for custom_source in active_custom_sources(table_name) if custom_source.format == 'relation' -%}
        {%- do custom_table(custom_source) -%}
    {%- endfor -%}
{%- endif %}
with raw_files as (
    {%- for system, file, line_count in counts %}
    select
        {{ system }} as source_system,
        {{ sql_string(file | replace(data_dir() ~ '/', '')) }} as source_file,
        {{ line_count }} as line_count
    union all
    {%- endfor %}
    select null as source_system, null as source_file, null as line_count where false
),

staged as (
    select
        {{ 'source_system' if source_name == 'custom' else "''" }} as source_system,
        source_file,
        sum(line_count) as line_count
    from {{ model }}
    group by all
)

select
    coalesce(raw_files.source_file, staged.source_file) as source_file,
    raw_files.line_count as lines_in_file,
    staged.line_count as lines_staged
from raw_files
full join staged
    on
        raw_files.source_system = staged.source_system
        and raw_files.source_file = staged.source_file
where coalesce(raw_files.line_count, 0) <> coalesce(staged.line_count, 0)
{% endtest %}
