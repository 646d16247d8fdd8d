{% macro stage_custom_orders(source) %}
    {#- The CTEs that read one custom source of orders; the last, <source_system>_staged, has the columns
        of stg_custom__orders. -#}
    {%- set system = source.source_system -%}
    {%- set relation = custom_relation(source) -%}
    {%- set mapping = custom_mapping(source, relation) -%}
    {%- set types = custom_types(relation, mapping) -%}
    {%- set numbers = [] -%}
    {%- for name, role in custom_columns('orders').items() if role == 'number' -%}
        {%- do numbers.append(name) -%}
    {%- endfor -%}
{{ custom_cells(source, relation, mapping, types) }},

{{ system }}_read as (
    select
        *,
        {{ custom_times(source, 'ordered_at_cell', types.ordered_at) }},
        {%- for name in numbers %}
        {{ custom_number(
            source, name ~ '_cell', types.get(name), 10 if name == 'exchange_rate' else 5
        ) if name in mapping else 'cast(null as decimal(18, 5))' }} as {{ name }},
        {%- endfor %}
        {{ custom_flag('is_return_cell', types.get('is_return')) }} as is_return
    from {{ system }}_cells
),

{{ system }}_priced as (
    select
        *,
        {{ custom_local_time(source) }} as ordered_at,
        coalesce(is_return, false) or {{ custom_in('status_cell', source.return_statuses) }}
            as is_marked_as_return,
        {%- if 'amount' in mapping %}
        amount as price_amount
        {%- else %}
        try_cast(cast(quantity as decimal(38, 5)) * unit_price as decimal(18, 5)) as price_amount
        {%- endif %}
    from {{ system }}_read
),

{{ system }}_converted as (
    select
        *,
        {%- if 'exchange_rate' in mapping %}
        try_cast(cast(price_amount as decimal(28, 5)) * exchange_rate as decimal(18, 5))
            as signed_amount,
        try_cast(cast(abs(refunded_amount) as decimal(28, 5)) * exchange_rate as decimal(18, 5))
            as refund
        {%- else %}
        price_amount as signed_amount,
        abs(refunded_amount) as refund
        {%- endif %}
    from {{ system }}_priced
),

{{ system }}_valued as (
    select
        *,
        case when is_marked_as_return then -abs(signed_amount) else signed_amount end as line_amount
    from {{ system }}_converted
),

{{ system }}_judged as (
    select
        *,
        case
            when not coalesce(json_valid(raw_line), true) then 'malformed_line'
            when
                ordered_at_cell is null
                {%- for name in ['order_id', 'line_id', 'amount', 'quantity', 'unit_price', 'exchange_rate', 'currency']
                    if name in mapping and not (name == 'quantity' and 'amount' in mapping) %}
                or {{ name }}_cell is null
                {%- endfor %}
                then 'missing_value'
            when
                false
                {%- for name in numbers if name in mapping %}
                or ({{ name }} is null and {{ name }}_cell is not null)
                {%- endfor %}
                {%- if 'exchange_rate' in mapping %}
                or exchange_rate < 0
                {%- endif %}
                then 'invalid_number'
            {{- custom_time_problems(source, 'ordered_at_cell', 'ordered_at') }}
            when is_return is null and is_return_cell is not null then 'invalid_flag'
            when line_amount is null or (refunded_amount is not null and refund is null)
                then 'amount_out_of_range'
            {%- if source.only_currency %}
            when upper(currency_cell) <> {{ sql_string(source.only_currency | upper) }}
                then 'other_currency'
            {%- endif %}
            when {{ custom_in('status_cell', source.ignored_statuses) }} then 'ignored_status'
            {%- if 'unit_price' in mapping %}
            when quantity = 0 then 'no_quantity'
            when quantity < 0 and unit_price < 0 then 'negative_price'
            {%- endif %}
            when line_amount = 0 then 'no_price'
            when line_amount < 0 and refund > 0 then 'refund_on_return'
        end as row_problem
    from {{ system }}_valued
),

{#- What needs the whole table: keys and copies. -#}
{%- set is_compared = 'line_id' in mapping or var('reject_duplicate_lines') %}
{%- if is_compared %}

{{ system }}_numbered as (
    select
        *,
        {{ custom_raw_row() }} as raw_row,
        row_number() over (
            partition by coalesce(raw_line, cast(to_json(raw) as varchar)) order by source_file
        ) as copy_number
    from {{ system }}_judged
),

{{ system }}_compared as (
    select
        * exclude (row_problem),
        {%- if var('reject_duplicate_lines') %}
        case when row_problem is null and copy_number > 1 then 'duplicate_line' else row_problem end
            as row_problem
        {%- else %}
        row_problem
        {%- endif %}
    from {{ system }}_numbered
),

{{ system }}_decided as (
    {{ one_per_id(system ~ '_compared', 'line_id_cell', 'ordered_at') if 'line_id' in mapping
        else 'select *, row_problem as rejection_reason from ' ~ system ~ '_compared' }}
),
{%- else %}

{{ system }}_decided as (
    select
        *,
        row_problem as rejection_reason
    from {{ system }}_judged
),
{%- endif %}

{{ system }}_staged as (
    select
        '{{ system }}' as source_system,
        customer_id_cell as customer_id,
        {%- if 'order_id' in mapping %}
        order_id_cell as order_id,
        {%- else %}
        cast({{ custom_instant(source) }} as varchar) as order_id,
        {%- endif %}
        ordered_at,
        quantity,
        {%- if 'unit_price' in mapping %}
        unit_price,
        {%- else %}
        try_cast(
            cast(signed_amount as double) / nullif(cast(quantity as double), 0) as decimal(18, 5)
        ) as unit_price,
        {%- endif %}
        line_amount,
        coalesce(refund, 0) as refunded_amount,
        product_id_cell as product_id,
        product_name_cell as product_name,
        category_cell as category,
        country_cell as country,
        channel_cell as channel,
        {{ 'cast(null as varchar)' if 'exchange_rate' in mapping else 'upper(currency_cell)' }} as currency,
        {{ 'copy_number > 1' if is_compared else 'cast(null as boolean)' }} as is_duplicate_line,
        source_file,
        line_count,
        case when rejection_reason is not null then {{ custom_raw_row() }} end as raw_row,
        rejection_reason
    from {{ system }}_decided
    {%- set day = staged_from(source, relation, mapping, types) %}
    {%- if day %}
    where ordered_at >= timestamp '{{ day }}' or ordered_at is null
    {%- endif %}
)
{%- endmacro %}
