{% macro custom_times(source, cell, type) -%}
    {#- A cell as three columns, of which the one that it is is not null: `moment`, a time stamp in UTC
        (an offset, seconds since 1970, a type with time zone); `clock`, the time that it shows; `day`, a
        date where clocks are converted to another zone. -#}
    {%- set formats = custom_time_formats(source) -%}
    {%- set is_iso = source.date_formats is none -%}
    {%- set null_time = 'cast(null as timestamp)' -%}

    {%- if type == 'moment' %}
        timezone('UTC', {{ cell }}) as moment,
        {{ null_time }} as clock,
        {{ null_time }} as day
    {%- elif type in ['time', 'date'] %}
        {{ null_time }} as moment,
        {{ 'cast(' ~ cell ~ ' as timestamp)' if type == 'time' else null_time }} as clock,
        {{ 'cast(' ~ cell ~ ' as timestamp)' if type == 'date' else null_time }} as day
    {%- else %}
        {{ custom_moment(source, cell, formats) if formats.moments or formats.epochs else null_time }}
            as moment,
        {%- if is_iso %}
        coalesce(
            try_strptime({{ cell }}, [{{ formats.clocks | join(', ') }}]),
            -- Fractions of a second may stand behind a comma, and have more than six digits.
            try_strptime(
                regexp_replace({{ cell }}, '[.,]([0-9]{1,6})[0-9]*$', '.\1'),
                ['%Y-%m-%d %H:%M:%S.%f', '%Y-%m-%dT%H:%M:%S.%f']
            )
            {%- if not formats.days %},
            {{ custom_digits_day(cell) }}
            {%- endif %}
        ) as clock,
        {%- elif formats.clocks %}
        try_strptime({{ cell }}, [{{ formats.clocks | join(', ') }}]) as clock,
        {%- else %}
        {{ null_time }} as clock,
        {%- endif %}
        {%- if formats.days %}
        coalesce(
            try_strptime({{ cell }}, [{{ formats.days | join(', ') }}]),
            {{ custom_digits_day(cell) if is_iso else null_time }}
        ) as day
        {%- else %}
        {{ null_time }} as day
        {%- endif %}
    {%- endif %}
{%- endmacro %}
