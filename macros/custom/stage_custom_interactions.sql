{% macro stage_custom_interactions(source) %}
    {#- The CTEs that read one custom source of interactions; the last, <source_system>_staged, has the
        columns of stg_custom__interactions. -#}
    {%- set system = source.source_system -%}
    {%- set relation = custom_relation(source) -%}
    {%- set mapping = custom_mapping(source, relation) -%}
    {%- set types = custom_types(relation, mapping) -%}
{{ custom_cells(source, relation, mapping, types) }},

{{ system }}_read as (
    select
        *,
        {{ custom_times(source, 'occurred_at_cell', types.occurred_at) }}
    from {{ system }}_cells
),

{{ system }}_dated as (
    select
        *,
        {{ custom_local_time(source) }} as occurred_at,
        {{ custom_instant(source) }} as instant
    from {{ system }}_read
),

{{ system }}_judged as (
    select
        *,
        case
            when not coalesce(json_valid(raw_line), true) then 'malformed_line'
            when occurred_at_cell is null then 'missing_value'
            {{- custom_time_problems(source, 'occurred_at_cell', 'occurred_at') }}
        end as rejection_reason
    from {{ system }}_dated
),

{{ system }}_staged as (
    select
        '{{ system }}' as source_system,
        customer_id_cell as customer_id,
        session_id_cell as session_id,
        occurred_at,
        instant,
        event_type_cell as event_type,
        item_cell as item,
        {{ custom_in('event_type_cell', source.click_types) if source.click_types is not none
            else 'cast(null as boolean)' }} as is_click,
        {{ custom_in('event_type_cell', source.impression_types) if source.impression_types is not none
            else 'cast(null as boolean)' }} as is_impression,
        source_file,
        line_count,
        case when rejection_reason is not null then {{ custom_raw_row() }} end as raw_row,
        rejection_reason
    from {{ system }}_judged
    {%- set day = staged_from(source, relation, mapping, types) %}
    {%- if day %}
    where occurred_at >= timestamp '{{ day }}' or occurred_at is null
    {%- endif %}
)
{%- endmacro %}
