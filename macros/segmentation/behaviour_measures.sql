{% macro behaviour_measures(totals, more=[]) %}
    {#- One row per customer and behaviour that can be scored or fitted, from sums over the customer's days: the
        current ones and those of a month end in the same way. `more` names columns to keep beside. -#}
    {%- set window_days = var('activity_window_days') -%}
    select
        source_system,
        customer_id,
        as_of_date,
        'orders' as behaviour,
        true as is_scored,
        {{ days_between('last_purchase_date', 'as_of_date') }} as recency_days,
        order_count_in_window as frequency,
        monetary_amount_in_window as monetary_amount,
        active_days_90d as engagement,
        case when monetary_amount_in_window is not null then '{{ var("monetary_measure") }}' end
            as monetary_measure,
        cast({{ window_days if window_days is not none else 'null' }} as integer)
            as activity_window_days
        {%- for column in more %},
        {{ column }}
        {%- endfor %}
    from {{ totals }}
    where order_count > 0
    union all
    select
        source_system,
        customer_id,
        as_of_date,
        'interactions' as behaviour,
        order_count is null as is_scored,
        {{ days_between('last_interaction_date', 'as_of_date') }} as recency_days,
        interaction_count_in_window as frequency,
        cast(null as decimal(38, 5)) as monetary_amount,
        session_count_in_window as engagement,
        cast(null as {{ dbt.type_string() }}) as monetary_measure,
        cast({{ window_days if window_days is not none else 'null' }} as integer)
            as activity_window_days
        {%- for column in more %},
        {{ column }}
        {%- endfor %}
    from {{ totals }}
    where session_count > 0
{% endmacro %}
