{% macro custom_local_time(source) -%}
    {#- Of moment, clock and day: the time in the zone in which the business counts its days. -#}
    {%- if source.time_zone -%}
        {%- set zone = sql_string(source.time_zone) -%}
        coalesce(
            timezone({{ zone }}, timezone('UTC', moment)),
            {%- if source.timestamps_in and source.timestamps_in != source.time_zone %}
            timezone({{ zone }}, timezone({{ sql_string(source.timestamps_in) }}, clock)),
            {%- else %}
            clock,
            {%- endif %}
            day
        )
    {%- else -%}
        coalesce(clock, day)
    {%- endif -%}
{%- endmacro %}
