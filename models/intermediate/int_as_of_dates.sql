-- One row per source system that is on: the date that every number of the system is "as of".
{%- set dated = {
    'online_retail': ['int_online_retail_lines', 'order_date'],
    'superstore': ['int_superstore_lines', 'order_date'],
    'bank': ['int_bank_postings', 'posting_date'],
    'ad_clicks': ['int_ad_clicks_searches', 'search_date'],
} %}

with event_dates as (
    {%- for system in source_systems() %}
    {%- if system not in published_source_systems() %}
    select
        '{{ system }}' as source_system,
        cast({{ as_of_date_setting(system) }} as date) as set_as_of_date,
        min(event_date) as first_event_date,
        max(event_date) as last_event_date
    from {{ ref('int_custom_event_dates') }}
    where source_system = '{{ system }}'
    {%- elif system in dated %}
    select
        '{{ system }}' as source_system,
        cast({{ as_of_date_setting(system) }} as date) as set_as_of_date,
        min({{ dated[system][1] }}) as first_event_date,
        max({{ dated[system][1] }}) as last_event_date
    from {{ ref(dated[system][0]) }}
    {%- else %}
    select
        '{{ system }}' as source_system,
        cast({{ as_of_date_setting(system) }} as date) as set_as_of_date,
        cast(null as date) as first_event_date,
        cast(null as date) as last_event_date
    {%- endif %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- An as-of date before the first row would build an empty warehouse without a word.
checked as (
    select
        *,
        concat(
            'as_of_date of ', source_system,
            ' is ', cast(set_as_of_date as {{ dbt.type_string() }}),
            ' but its first row is dated ', cast(first_event_date as {{ dbt.type_string() }}),
            ': no row would be left. Set a later date, or one per system (AS_OF_DATE=',
            source_system, '=YYYY-MM-DD).'
        ) as too_early_message
    from event_dates
)

select
    source_system,
    case
        when set_as_of_date <= first_event_date
            then cast({{ raise_error('too_early_message') }} as date)
        when set_as_of_date is not null
            then set_as_of_date
        else cast({{ dbt.dateadd('day', 1, 'last_event_date') }} as date)
    end as as_of_date,
    set_as_of_date is null as is_default,
    first_event_date,
    last_event_date
from checked
