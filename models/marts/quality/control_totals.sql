-- One row per raw table and measure: what came in, and where all of it went.
with control_parts as (
    {{ union_systems(
        {
            'online_retail': 'int_online_retail_control_parts',
            'superstore': 'int_superstore_control_parts',
            'bank': 'int_bank_control_parts',
            'credit_card': 'int_credit_card_control_parts',
            'ad_clicks': 'int_ad_clicks_control_parts',
            'custom_orders': 'int_custom_order_control_parts',
            'custom_interactions': 'int_custom_interaction_control_parts',
        },
        {
            'source_system': 'varchar',
            'source_table': 'varchar',
            'part': 'varchar',
            'row_count': 'bigint',
            'amount': 'decimal(38, 5)',
            'click_count': 'bigint',
        },
    ) }}
),

measured_parts as (
    {%- for measure, column in {
        'rows': 'row_count', 'amount': 'amount', 'clicks': 'click_count'
    }.items() %}
    select
        source_system,
        source_table,
        '{{ measure }}' as measure,
        part,
        cast({{ column }} as decimal(38, 5)) as total
    from control_parts
    where {{ column }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

totals as (
    select
        source_system,
        source_table,
        measure,
        cast(sum(case when part = 'raw_total' then total else 0 end) as decimal(38, 5))
            as raw_total,
        cast(sum(case when part = 'used' then total else 0 end) as decimal(38, 5))
            as used,
        cast(sum(case when part = 'guest' then total else 0 end) as decimal(38, 5))
            as guest,
        cast(sum(case when part = 'after_as_of' then total else 0 end) as decimal(38, 5))
            as after_as_of,
        cast(sum(case when part = 'rejected' then total else 0 end) as decimal(38, 5))
            as rejected
    from measured_parts
    group by source_system, source_table, measure
)

select
    source_system,
    source_table,
    measure,
    raw_total,
    used,
    guest,
    after_as_of,
    rejected,
    raw_total - used - guest - after_as_of - rejected as difference
from totals
