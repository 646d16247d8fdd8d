{% macro custom_instant(source) -%}
    {#- Of moment, clock and day: the time stamp in UTC, in which gaps can be measured across changes of
        the clock; without a time zone, the time that the cell shows. Of the hour that the clock repeats,
        the second is meant. -#}
    {%- if source.time_zone -%}
        coalesce(
            moment,
            timezone('UTC', timezone({{ sql_string(source.timestamps_in or source.time_zone) }}, clock)),
            timezone('UTC', timezone({{ sql_string(source.time_zone) }}, day))
        )
    {%- else -%}
        coalesce(clock, day)
    {%- endif -%}
{%- endmacro %}
