{% macro sum_of_last_days(column, days) -%}
    {#- Sum over the last days before the as-of date (`days_ago` 1 is the day before; none: all
        days). 0 where nothing happened in them, null where the source system has no such fact. -#}
    sum(
        {%- if days is none %}
        {{ column }}
        {%- else %}
        case
            when {{ column }} is null then null
            when days_ago <= {{ days }} then {{ column }}
            else 0
        end
        {%- endif %}
    )
{%- endmacro %}
