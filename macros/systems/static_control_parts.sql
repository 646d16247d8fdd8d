{% macro static_control_parts(source_table, model, date_column=none) %}
    {#- Control parts of a table that is read as a whole: rows only, no guests. -#}
    select
        '{{ source_table }}' as source_table,
        case
            when staged.rejection_reason is not null then 'rejected'
            {%- if date_column %}
            when staged.{{ date_column }} >= as_of_dates.as_of_date then 'after_as_of'
            {%- endif %}
            else 'used'
        end as part,
        count(*) as row_count,
        cast(null as decimal(38, 5)) as amount
    from {{ model }} as staged
    cross join as_of_dates
    group by 1, 2
    union all
    select
        '{{ source_table }}' as source_table,
        'raw_total' as part,
        count(*) as row_count,
        cast(null as decimal(38, 5)) as amount
    from {{ model }}
{% endmacro %}
