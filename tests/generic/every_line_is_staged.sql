{% test every_line_is_staged(model, source_name, table_name) %}
{#- Fails with each raw file whose lines do not all stand in the staging model, used or rejected. The
    lines are counted by a plain line reader, not by the CSV reader that staging uses; a record over
    several lines counts as many. Of Parquet, the rows that the files' footers promise. -#}
{%- set counts = [] -%}
{%- if execute and flags.WHICH in ['build', 'test'] and not flags.EMPTY -%}
    {%- set files = raw_files(raw_source(source_name, table_name)) -%}
    {%- if raw_format(source_name) == 'parquet' -%}
        {%- for file in files -%}
            {%- set counted = run_query(
                "select num_rows from parquet_file_metadata(" ~ sql_string(file) ~ ")"
            ) -%}
            {%- do counts.append([file, counted.rows[0][0]]) -%}
        {%- endfor -%}
    {%- else -%}
        {%- do run_query("drop table if exists temp.rejects_lines") -%}
        {%- do run_query("drop table if exists temp.rejects_scans_lines") -%}
        {%- for file in files -%}
            {%- set counted = run_query("select count(line) from " ~ read_lines([file])) -%}
            {%- set not_utf8 = run_query(
                "select count(distinct rejects.line) from temp.rejects_lines as rejects"
                ~ " inner join temp.rejects_scans_lines as scans using (scan_id, file_id)"
                ~ " where scans.file_path = " ~ sql_string(file)
            ) -%}
            {%- do counts.append([file, counted.rows[0][0] + not_utf8.rows[0][0] - 1]) -%}
        {%- endfor -%}
    {%- endif -%}
{%- endif %}
with raw_files as (
    {%- for file, line_count in counts %}
    select
        {{ sql_string(file | replace(data_dir() ~ '/', '')) }} as source_file,
        {{ line_count }} as line_count
    union all
    {%- endfor %}
    select null as source_file, null as line_count where false
),

staged as (
    select
        source_file,
        sum(line_count) as line_count
    from {{ model }}
    group by source_file
)

select
    coalesce(raw_files.source_file, staged.source_file) as source_file,
    raw_files.line_count as lines_in_file,
    staged.line_count as lines_staged
from raw_files
full join staged
    on raw_files.source_file = staged.source_file
where coalesce(raw_files.line_count, 0) <> coalesce(staged.line_count, 0)
{% endtest %}
