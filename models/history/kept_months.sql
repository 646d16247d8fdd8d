-- One row per source system, calendar month that was over at a build's as-of date, and build that
-- published it: what it held then. A month that is as it was the last time is not kept again. Stays
-- in a full refresh, so that what was published can be compared with what is found later.
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    full_refresh=false,
    post_hook="{{ forget_unchanged_months() }}",
) }}
{#- What may count of a day. A business that never named an item has null items, which must not look
    like a change when it names its first. -#}
{%- set measures = [
    'active_day_count', 'purchase_day_count', 'order_count', 'purchase_line_count', 'return_count',
    'distinct_product_count', 'interaction_count', 'session_count', 'impression_count', 'click_count',
    'distinct_item_count', 'gross_amount', 'returned_amount', 'product_returned_amount',
    'inflow_amount', 'outflow_amount', 'source_row_count',
] %}
{%- set cells = ['customer_id', 'cast(activity_date as varchar)'] %}
{%- for measure in measures %}
{%- set nothing = "'0'" if measure == 'distinct_item_count' else "''" %}
{%- do cells.append('coalesce(cast(' ~ measure ~ ' as varchar), ' ~ nothing ~ ')') %}
{%- endfor %}
{%- set systems = source_systems() | reject('equalto', 'credit_card') | list %}

with customer_days as (
    select * from {{ ref('int_customer_days') }}
),

as_of_dates as (
    select * from {{ ref('int_as_of_dates') }}
    where first_event_date is not null
),

-- From the first month that an event can lie in, so that a month that lost all its rows is there.
listed as (
    select
        source_system,
        as_of_date,
        cast(date_trunc('month', first_event_date) as date) as first_event_month,
        unnest(
            generate_series(
                date_trunc('month', cast('{{ var("plausible_dates")[0] }}' as date)),
                date_trunc('month', as_of_date) - interval 1 month,
                interval 1 month
            )
        ) as month_start
    from as_of_dates
),

months as (
    select
        source_system,
        as_of_date,
        first_event_month,
        cast(month_start as date) as activity_month
    from listed
),

monthly_days as (
    select
        *,
        cast(date_trunc('month', activity_date) as date) as activity_month,
        md5(
            concat_ws(
                chr(31),
                {{ cells | join(',\n                ') }}
            )
        ) as day_hash
    from customer_days
),

-- The digests are added as whole numbers, so that the order of the days does not matter.
monthly_sums as (
    select
        source_system,
        activity_month,
        cast(
            sum(
                coalesce(source_row_count, 0)
                + case
                    when {{ custom_in('source_system', active_custom_systems('interactions')) }}
                        then coalesce(interaction_count, 0)
                    else 0
                end
            ) as bigint
        ) as row_count,
        count(distinct customer_id) as customer_count,
        cast(sum(order_count) as bigint) as order_count,
        cast(sum(gross_amount - returned_amount) as decimal(38, 5)) as net_amount,
        count(*) as customer_day_count,
        sum(cast(concat('0x', substr(day_hash, 1, 15)) as bigint)) as first_digest_sum,
        sum(cast(concat('0x', substr(day_hash, 16, 15)) as bigint)) as second_digest_sum
    from monthly_days
    group by source_system, activity_month
)

select
    months.source_system,
    months.activity_month,
    {{ publication_number() }} as publication_number,
    months.as_of_date,
    coalesce(monthly_sums.row_count, 0) as row_count,
    coalesce(monthly_sums.customer_count, 0) as customer_count,
    monthly_sums.order_count,
    monthly_sums.net_amount,
    md5(
        concat(
            cast(coalesce(monthly_sums.customer_day_count, 0) as varchar), chr(31),
            cast(coalesce(monthly_sums.first_digest_sum, 0) as varchar), chr(31),
            cast(coalesce(monthly_sums.second_digest_sum, 0) as varchar)
        )
    ) as content_hash,
    case
        {%- for system in systems %}
        when months.source_system = '{{ system }}' then '{{ rules_hash(system) }}'
        {%- endfor %}
        {#- No system with dates, no month. #}
        when months.source_system is null then ''
    end as rules_hash,
    months.activity_month < months.first_event_month
    and monthly_sums.activity_month is null as is_before_first_event
from months
left join monthly_sums
    on
        months.source_system = monthly_sums.source_system
        and months.activity_month = monthly_sums.activity_month
