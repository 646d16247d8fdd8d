{% macro custom_clock(source, cell, type) -%}
    {#- A cell without an offset as the time stamp it shows; null where it is none. -#}
    {%- set formats = [] -%}
    {%- set iso = [
        '%Y-%m-%d %H:%M:%S', '%Y-%m-%d', '%Y-%m-%dT%H:%M:%S', '%Y-%m-%d %H:%M', '%Y-%m-%dT%H:%M',
        '%Y-%m-%d %H:%M:%S.%f', '%Y-%m-%dT%H:%M:%S.%f',
    ] -%}
    {%- for format in (iso if source.date_formats is none else source.date_formats)
        if '%' in format and '%z' not in format -%}
        {%- do formats.append(sql_string(format)) -%}
    {%- endfor -%}
    {%- if type == 'time' -%}
        cast({{ cell }} as timestamp)
    {%- elif type == 'moment' or not formats -%}
        cast(null as timestamp)
    {%- else -%}
        try_strptime({{ cell }}, [{{ formats | join(', ') }}])
    {%- endif -%}
{%- endmacro %}
