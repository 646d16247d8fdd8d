-- One row per account with at least one complete month: the input of bank_sequences. What its
-- months are like (level, scatter, trend and memory of money in, money out and balance), how often
-- something is posted, and who owns it.
{{ config(enabled=is_on('bank')) }}
{#- A trend and an autocorrelation say something from so many months on. -#}
{%- set fewest_months = 3 %}
{%- set measures = ['inflow', 'outflow', 'balance'] %}
{%- set posting_classes = ['customer', 'standing', 'inbound'] %}

with bank_periods as (
    select * from {{ ref('features_bank_periods') }}
),

attributes as (
    select * from {{ ref('int_bank_attributes') }}
),

customer_measures as (
    select * from {{ ref('int_customer_measures') }}
    where behaviour = 'orders'
),

account_totals as (
    select
        source_system,
        customer_id,
        as_of_date,
        count(*) as month_count,
        sum(case when customer_posting_count > 0 then 1 else 0 end) as active_month_count,
        sum(inflow_amount) as inflow_amount,
        sum(outflow_amount) as outflow_amount,
        sum(closing_balance) as balance_amount,
        {%- for posting_class in posting_classes %}
        sum({{ posting_class }}_posting_count) as {{ posting_class }}_posting_count,
        {%- endfor %}
        {%- for measure in measures %}
        cast({{ exact_mean(measure ~ '_level') }} as decimal(18, 6)) as {{ measure }}_mean
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from bank_periods
    group by source_system, customer_id, as_of_date
),

-- Decimals about their mean, so that the sums below are exact.
centred as (
    select
        bank_periods.source_system,
        bank_periods.customer_id,
        bank_periods.period_number,
        -- Twice the months from the middle: a whole number.
        2 * bank_periods.period_number - account_totals.month_count - 1 as time_step,
        {%- for measure in measures %}
        bank_periods.{{ measure }}_level - account_totals.{{ measure }}_mean as {{ measure }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from bank_periods
    inner join account_totals
        on
            bank_periods.source_system = account_totals.source_system
            and bank_periods.customer_id = account_totals.customer_id
),

with_month_before as (
    select
        {%- for measure in measures %}
        lag({{ measure }}) over (
            partition by source_system, customer_id
            order by period_number
        ) as {{ measure }}_before,
        {%- endfor %}
        *
    from centred
),

shapes as (
    select
        source_system,
        customer_id,
        sum(time_step * time_step) as time_squares,
        {%- for measure in measures %}
        sum(cast(time_step * {{ measure }} as decimal(38, 6))) as {{ measure }}_by_time,
        sum(cast({{ measure }} * {{ measure }} as decimal(38, 12))) as {{ measure }}_squares,
        sum(cast({{ measure }} * {{ measure }}_before as decimal(38, 12))) as {{ measure }}_products
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from with_month_before
    group by source_system, customer_id
),

measured as (
    select
        account_totals.source_system,
        account_totals.customer_id,
        account_totals.as_of_date,
        account_totals.month_count,
        {{ ratio('account_totals.active_month_count', 'account_totals.month_count',
                 'decimal(18, 6)') }} as active_month_share,
        {%- for measure in measures %}
        {{ ratio('account_totals.' ~ measure ~ '_amount', 'account_totals.month_count') }}
            as mean_{{ measure }}_amount,
        {%- endfor %}
        {%- for posting_class in posting_classes %}
        {{ ratio('account_totals.' ~ posting_class ~ '_posting_count',
                 'account_totals.month_count', 'decimal(18, 6)') }}
            as monthly_{{ posting_class }}_posting_count,
        {%- endfor %}
        customer_measures.recency_days,
        customer_measures.frequency as order_count,
        customer_measures.monetary_amount,
        case attributes.sex when 'female' then 1 when 'male' then 0 end as is_female,
        attributes.age,
        attributes.district_average_salary_amount,
        attributes.district_urban_percentage,
        {%- for measure in measures %}
        account_totals.{{ measure }}_mean,
        {{ ratio('2 * shapes.' ~ measure ~ '_by_time', 'shapes.time_squares', 'decimal(18, 6)') }}
            as {{ measure }}_trend,
        {{ ratio('shapes.' ~ measure ~ '_products', 'shapes.' ~ measure ~ '_squares',
                 'decimal(18, 6)') }} as {{ measure }}_autocorrelation,
        cast(
            sqrt(cast(shapes.{{ measure }}_squares as double) / account_totals.month_count)
            as decimal(18, 6)
        ) as {{ measure }}_deviation,
        {%- endfor %}
        account_totals.active_month_count
    from account_totals
    inner join shapes
        on
            account_totals.source_system = shapes.source_system
            and account_totals.customer_id = shapes.customer_id
    left join attributes
        on
            account_totals.source_system = attributes.source_system
            and account_totals.customer_id = attributes.customer_id
    left join customer_measures
        on
            account_totals.source_system = customer_measures.source_system
            and account_totals.customer_id = customer_measures.customer_id
)

select
    source_system,
    customer_id,
    as_of_date,
    month_count,
    active_month_share,
    mean_inflow_amount,
    mean_outflow_amount,
    mean_balance_amount,
    {%- for posting_class in posting_classes %}
    monthly_{{ posting_class }}_posting_count,
    {%- endfor %}
    recency_days,
    order_count,
    monetary_amount,
    is_female,
    age,
    district_average_salary_amount,
    district_urban_percentage,
    month_count >= {{ fewest_months }} and active_month_count > 0 as is_in_fit,
    {%- for measure in measures %}
    {{ measure }}_mean,
    {{ measure }}_deviation,
    -- One month has no trend, and a sequence that never changes no memory.
    coalesce({{ measure }}_trend, 0) as {{ measure }}_trend,
    coalesce({{ measure }}_autocorrelation, 0) as {{ measure }}_autocorrelation,
    {%- endfor %}
    {%- for posting_class in posting_classes %}
    {{ log1p_feature('monthly_' ~ posting_class ~ '_posting_count') }}
        as {{ posting_class }}_posting_log,
    {%- endfor %}
    {{ log1p_feature('recency_days') }} as recency_log,
    {{ log1p_feature('order_count') }} as frequency_log,
    {{ log1p_feature('monetary_amount') }} as monetary_log
from measured
order by source_system, customer_id
