{% macro order_line_control_parts(system, source_table, staging_model, amount_column) %}
    {#- Where the rows and the money of a raw table of order lines went. Each part is counted where it
        ends up, so that a row lost on the way shows. -#}
    with staged as (
        select * from {{ ref(staging_model) }}
    ),

    valid_lines as (
        select * from {{ ref('int_' ~ system ~ '_lines') }}
    ),

    order_lines as (
        select * from {{ ref('int_order_lines') }}
        where source_system = '{{ system }}'
    ),

    customer_days as (
        select * from {{ ref('int_customer_days') }}
        where source_system = '{{ system }}'
    ),

    as_of_dates as (
        select * from {{ ref('int_as_of_dates') }}
        where source_system = '{{ system }}'
    ),

    parts as (
        select
            'raw_total' as part,
            count(*) as row_count,
            sum({{ amount_column }}) as amount
        from staged
        union all
        select
            'rejected' as part,
            count(*) as row_count,
            sum({{ amount_column }}) as amount
        from staged
        where rejection_reason is not null
        union all
        select
            'after_as_of' as part,
            count(*) as row_count,
            sum(valid_lines.line_amount) as amount
        from valid_lines
        inner join as_of_dates
            on valid_lines.order_date >= as_of_dates.as_of_date
        union all
        select
            'guest' as part,
            count(*) as row_count,
            sum(line_amount) as amount
        from order_lines
        where customer_id is null
        union all
        select
            'used' as part,
            sum(source_row_count) as row_count,
            sum(gross_amount - returned_amount) as amount
        from customer_days
    )

    select
        '{{ system }}' as source_system,
        '{{ source_table }}' as source_table,
        part,
        row_count,
        coalesce(amount, 0) as amount,
        cast(null as bigint) as click_count
    from parts
{% endmacro %}
