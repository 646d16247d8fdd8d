-- One row per raw row that could not be used, with the reason and the row itself.
with rejected as (
    {%- for system, table, model in staging_models() %}
    select
        {{ "'" ~ system ~ "' as source_system" if system else 'source_system' }},
        '{{ table }}' as source_table,
        source_file,
        rejection_reason,
        raw_row
    from {{ ref(model) }}
    where rejection_reason is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

numbered as (
    select
        *,
        row_number() over (
            partition by source_system, source_table, raw_row
            order by source_file, rejection_reason
        ) as copy_number
    from rejected
)

select
    source_system,
    source_table,
    source_file,
    concat(md5(raw_row), '-', cast(copy_number as varchar)) as row_id,
    rejection_reason,
    raw_row
from numbered
