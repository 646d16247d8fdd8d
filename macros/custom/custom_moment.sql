{% macro custom_moment(source, cell, type) -%}
    {#- A cell that names a moment (an offset, seconds since 1970, a type with time zone) as a time stamp
        in UTC; null where it does not. -#}
    {%- set formats = [] -%}
    {%- set iso = [
        '%Y-%m-%dT%H:%M:%S%z', '%Y-%m-%d %H:%M:%S%z', '%Y-%m-%dT%H:%M:%S.%f%z', '%Y-%m-%d %H:%M:%S.%f%z',
        '%Y-%m-%dT%H:%M%z', '%Y-%m-%d %H:%M%z',
    ] -%}
    {%- for format in (iso if source.date_formats is none and source.time_zone else source.date_formats or [])
        if '%z' in format -%}
        {%- do formats.append(sql_string(format)) -%}
    {%- endfor -%}
    {%- set per_second = {'epoch_s': 1, 'epoch_ms': 1000} -%}
    {%- set epochs = (source.date_formats or []) | select('in', per_second) | list -%}
    {%- if type == 'moment' -%}
        timezone('UTC', {{ cell }})
    {%- elif type == 'time' or not (formats or epochs) -%}
        cast(null as timestamp)
    {%- else -%}
        coalesce(
            {%- if formats %}
            timezone(
                'UTC',
                try_strptime(
                    regexp_replace({{ cell }}, ' *([Zz]|UTC|GMT)$', '+00:00'), [{{ formats | join(', ') }}]
                )
            )
            {%- endif %}
            {%- if formats and epochs %},{% endif %}
            {%- for epoch in epochs %}
            case
                when regexp_full_match({{ cell }}, '-?[0-9]{1,14}([.][0-9]*)?')
                    then make_timestamp(cast(
                        cast({{ cell }} as decimal(38, 6)) * {{ 1000000 // per_second[epoch] }} as bigint
                    ))
            end
            {%- endfor %}
        )
    {%- endif -%}
{%- endmacro %}
