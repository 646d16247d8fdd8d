-- One row per raw district of Berka, usable or not: `rejection_reason` says why not.
{{ config(enabled=is_on('bank'), materialized=staging_materialization('bank')) }}

with raw_rows as (
    select * from {{ raw_records('bank', 'district') }}
),

typed as (
    select
        {{ identifier('A1') }} as district_id,
        {{ cell('A2') }} as district_name,
        {{ cell('A3') }} as region,
        nullif({{ cell('A4') }}, '?') as inhabitant_count_text,
        {{ parse_integer('A4') }} as inhabitant_count,
        nullif({{ cell('A9') }}, '?') as city_count_text,
        {{ parse_integer('A9') }} as city_count,
        nullif({{ cell('A10') }}, '?') as urban_percentage_text,
        {{ parse_decimal('A10') }} as urban_percentage,
        nullif({{ cell('A11') }}, '?') as average_salary_amount_text,
        {{ parse_decimal('A11') }} as average_salary_amount,
        nullif({{ cell('A12') }}, '?') as unemployment_1995_percentage_text,
        {{ parse_decimal('A12') }} as unemployment_1995_percentage,
        nullif({{ cell('A13') }}, '?') as unemployment_1996_percentage_text,
        {{ parse_decimal('A13') }} as unemployment_1996_percentage,
        nullif({{ cell('A14') }}, '?') as entrepreneurs_per_1000_text,
        {{ parse_decimal('A14') }} as entrepreneurs_per_1000,
        nullif({{ cell('A15') }}, '?') as crimes_1995_count_text,
        {{ parse_integer('A15') }} as crimes_1995_count,
        nullif({{ cell('A16') }}, '?') as crimes_1996_count_text,
        {{ parse_integer('A16') }} as crimes_1996_count,
        source_file,
        line_count,
        raw_row
    from raw_rows
),

judged as (
    select
        *,
        case
            when district_id is null then 'missing_value'
            when
                (inhabitant_count_text is not null and inhabitant_count is null)
                or (city_count_text is not null and city_count is null)
                or (urban_percentage_text is not null and urban_percentage is null)
                or (average_salary_amount_text is not null and average_salary_amount is null)
                or (
                    unemployment_1995_percentage_text is not null
                    and unemployment_1995_percentage is null
                )
                or (
                    unemployment_1996_percentage_text is not null
                    and unemployment_1996_percentage is null
                )
                or (entrepreneurs_per_1000_text is not null and entrepreneurs_per_1000 is null)
                or (crimes_1995_count_text is not null and crimes_1995_count is null)
                or (crimes_1996_count_text is not null and crimes_1996_count is null)
                then 'invalid_number'
        end as row_problem
    from typed
),

decided as (
    {{ one_per_id('judged', 'district_id') }}
)

select
    district_id,
    district_name,
    region,
    inhabitant_count,
    city_count,
    urban_percentage,
    average_salary_amount,
    unemployment_1995_percentage,
    unemployment_1996_percentage,
    entrepreneurs_per_1000,
    crimes_1995_count,
    crimes_1996_count,
    source_file,
    line_count,
    case when rejection_reason is not null then raw_row end as raw_row,
    rejection_reason
from decided
