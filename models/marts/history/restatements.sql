-- One row per source system, month of activity and build that found it other than it was published:
-- what it held before, and what it holds since.
with kept_months as (
    select * from {{ ref('kept_months') }}
),

numbered as (
    select
        *,
        min(publication_number) over (partition by source_system) as first_publication_number,
        first_value(as_of_date) over (
            partition by source_system, activity_month order by publication_number
        ) as first_published_as_of,
        lag(content_hash) over (
            partition by source_system, activity_month order by publication_number
        ) as last_content_hash,
        {%- for measure in ['row_count', 'customer_count', 'order_count', 'net_amount'] %}
        lag({{ measure }}) over (
            partition by source_system, activity_month order by publication_number
        ) as last_{{ measure }},
        {%- endfor %}
        -- Other rules are kept with all months, so the last kept are the last that were in force.
        max_by(rules_hash, publication_number) over (
            partition by source_system order by publication_number
            range between unbounded preceding and 1 preceding
        ) as last_rules_hash
    from kept_months
),

spanned as (
    select
        *,
        min(case when publication_number = first_publication_number then activity_month end) over (
            partition by source_system
        ) as first_month
    from numbered
),

-- A month before all that were published at first was published, too, as one without anything.
changed as (
    select *
    from spanned
    where
        content_hash <> last_content_hash
        or (last_content_hash is null and activity_month < first_month)
)

select
    source_system,
    activity_month,
    row_number() over (
        partition by source_system, activity_month order by publication_number
    ) as restatement_number,
    as_of_date,
    case when last_content_hash is not null then first_published_as_of end as first_published_as_of,
    rules_hash <> last_rules_hash as rules_changed,
    coalesce(last_row_count, 0) as rows_before,
    row_count as rows_after,
    row_count - coalesce(last_row_count, 0) as row_difference,
    coalesce(last_customer_count, 0) as customers_before,
    customer_count as customers_after,
    customer_count - coalesce(last_customer_count, 0) as customer_difference,
    -- Null where the source system has none; 0 in a month without them.
    case
        when coalesce(last_order_count, order_count) is not null then coalesce(last_order_count, 0)
    end as orders_before,
    case
        when coalesce(last_order_count, order_count) is not null then coalesce(order_count, 0)
    end as orders_after,
    cast(
        case
            when coalesce(last_order_count, order_count) is not null
                then coalesce(order_count, 0) - coalesce(last_order_count, 0)
        end as bigint
    ) as order_difference,
    case
        when coalesce(last_net_amount, net_amount) is not null then coalesce(last_net_amount, 0)
    end as net_amount_before,
    case
        when coalesce(last_net_amount, net_amount) is not null then coalesce(net_amount, 0)
    end as net_amount_after,
    cast(
        case
            when coalesce(last_net_amount, net_amount) is not null
                then coalesce(net_amount, 0) - coalesce(last_net_amount, 0)
        end as decimal(38, 5)
    ) as net_amount_difference
from changed
