{% macro custom_instant(source, clock, moment) -%}
    {#- The time stamp in UTC, in which gaps can be measured across changes of the clock; without a time
        zone, the time that the cell shows. Of the hour that the clock repeats, the second is meant. -#}
    {%- set zone = source.timestamps_in or source.time_zone -%}
    {%- if zone -%}
        coalesce({{ moment }}, timezone('UTC', timezone({{ sql_string(zone) }}, {{ clock }})))
    {%- else -%}
        {{ clock }}
    {%- endif -%}
{%- endmacro %}
