-- One row per segment of accounts, month and measure: the typical sequence of the segment, to be
-- drawn. Empty where no source system keeps accounts.
{%- set measures = [
    'inflow_amount', 'outflow_amount', 'closing_balance', 'customer_posting_count',
] %}

with periods as (
    {{ union_systems(
        {'bank': 'features_bank_periods'},
        {
            'source_system': 'varchar',
            'customer_id': 'varchar',
            'period_start': 'date',
            'inflow_amount': 'decimal(38, 5)',
            'outflow_amount': 'decimal(38, 5)',
            'closing_balance': 'decimal(38, 5)',
            'customer_posting_count': 'bigint',
        },
    ) }}
),

segment_memberships as (
    select * from {{ ref('segment_memberships') }}
),

segment_names as (
    select * from {{ ref('segment_names') }}
),

measured as (
    {%- for measure in measures %}
    select
        source_system,
        customer_id,
        period_start,
        '{{ measure }}' as measure,
        cast({{ measure }} as decimal(38, 5)) as amount
    from periods
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

segment_months as (
    select
        segment_memberships.segmentation,
        segment_memberships.source_system,
        segment_memberships.segment_id,
        measured.period_start,
        measured.measure,
        count(*) as account_count,
        cast(quantile_cont(measured.amount, 0.25) as decimal(38, 5)) as lower_quartile,
        cast(median(measured.amount) as decimal(38, 5)) as median,
        cast(quantile_cont(measured.amount, 0.75) as decimal(38, 5)) as upper_quartile
    from segment_memberships
    inner join measured
        on
            segment_memberships.source_system = measured.source_system
            and segment_memberships.customer_id = measured.customer_id
    group by
        segment_memberships.segmentation,
        segment_memberships.source_system,
        segment_memberships.segment_id,
        measured.period_start,
        measured.measure
)

select
    segment_months.segmentation,
    segment_months.source_system,
    segment_months.segment_id,
    segment_names.segment_name,
    segment_months.period_start,
    segment_months.measure,
    segment_months.account_count,
    segment_months.lower_quartile,
    segment_months.median,
    segment_months.upper_quartile
from segment_months
inner join segment_names
    on
        segment_months.segmentation = segment_names.segmentation
        and segment_months.source_system = segment_names.source_system
        and segment_months.segment_id = segment_names.segment_id
