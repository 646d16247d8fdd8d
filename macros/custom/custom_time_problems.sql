{% macro custom_time_problems(source, cell, timestamp) -%}
    {#- Branches of a case: what can be wrong with a time stamp. -#}
    {%- if not source.time_zone %}
            when
                {{ timestamp }} is null
                and regexp_matches(cast({{ cell }} as varchar), '[0-9]:[0-9]{2}.*([Zz]|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?)$')
                then 'no_time_zone'
    {%- endif %}
            when {{ timestamp }} is null then 'invalid_date'
            when {{ is_implausible('cast(' ~ timestamp ~ ' as date)') }} then 'implausible_date'
{%- endmacro %}
