{% macro order_line_control_parts(systems, source_table, staged_lines, lines_model) %}
    {#- Where the rows and the money of a raw table of order lines went. Each part is counted where it
        ends up, so that a row lost on the way shows. `staged_lines` is a query for source_system,
        amount and rejection_reason of every raw line of these systems. -#}
    with staged as (
        {{ staged_lines }}
    ),

    systems as (
        {{ system_names(systems) }}
    ),

    valid_lines as (
        select * from {{ ref(lines_model) }}
    ),

    order_lines as (
        select order_lines.*
        from {{ ref('int_order_lines') }} as order_lines
        inner join systems
            on order_lines.source_system = systems.source_system
    ),

    customer_days as (
        select customer_days.*
        from {{ ref('int_customer_days') }} as customer_days
        inner join systems
            on customer_days.source_system = systems.source_system
    ),

    as_of_dates as (
        select * from {{ ref('int_as_of_dates') }}
    ),

    parts as (
        -- A table without rows has totals, too.
        select
            systems.source_system,
            'raw_total' as part,
            count(staged.source_system) as row_count,
            sum(staged.amount) as amount
        from systems
        left join staged
            on systems.source_system = staged.source_system
        group by systems.source_system
        union all
        select
            source_system,
            'rejected' as part,
            count(*) as row_count,
            sum(amount) as amount
        from staged
        where rejection_reason is not null
        group by source_system
        union all
        select
            valid_lines.source_system,
            'after_as_of' as part,
            count(*) as row_count,
            sum(valid_lines.line_amount - coalesce(valid_lines.refunded_amount, 0)) as amount
        from valid_lines
        inner join as_of_dates
            on
                valid_lines.source_system = as_of_dates.source_system
                and valid_lines.order_date >= as_of_dates.as_of_date
        group by valid_lines.source_system
        union all
        select
            source_system,
            'guest' as part,
            count(*) as row_count,
            sum(line_amount - coalesce(refunded_amount, 0)) as amount
        from order_lines
        where customer_id is null
        group by source_system
        union all
        select
            source_system,
            'used' as part,
            sum(source_row_count) as row_count,
            sum(gross_amount - returned_amount) as amount
        from customer_days
        group by source_system
    )

    select
        source_system,
        '{{ source_table }}' as source_table,
        part,
        row_count,
        coalesce(amount, 0) as amount,
        cast(null as bigint) as click_count
    from parts
{% endmacro %}
