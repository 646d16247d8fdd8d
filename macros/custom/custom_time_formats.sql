{% macro custom_time_formats(source) %}
    {#- How time stamps of a source are read, as formats (quoted, but for moments): `moments` (with an offset), `clocks`
        (without), `days` (without a time of day; only where clocks are converted and days must not be),
        and `epochs`. The first format that fits wins, so the most frequent stand first, and a year of two
        digits is tried before %Y, which would take 23 for the year 23. -#}
    {%- set is_iso = source.date_formats is none -%}
    {%- set iso = [
        '%Y-%m-%d %H:%M:%S', '%Y-%m-%d', '%Y-%m-%dT%H:%M:%S', '%Y-%m-%d %H:%M', '%Y-%m-%dT%H:%M',
    ] -%}
    {%- set iso_moments = [
        '%Y-%m-%dT%H:%M:%S%z', '%Y-%m-%d %H:%M:%S%z', '%Y-%m-%dT%H:%M:%S.%f%z', '%Y-%m-%d %H:%M:%S.%f%z',
        '%Y-%m-%dT%H:%M%z', '%Y-%m-%d %H:%M%z',
    ] if source.time_zone else [] -%}
    {%- set given = iso_moments + iso if is_iso else source.date_formats -%}
    {%- set is_converted = source.timestamps_in and source.timestamps_in != source.time_zone -%}
    {%- set formats = {'moments': [], 'clocks': [], 'days': [], 'epochs': []} -%}
    {%- for has_short_year in [true, false] -%}
        {%- for format in given if ('%y' in format) == has_short_year -%}
            {%- if format.startswith('epoch_') -%}
                {%- do formats.epochs.append(format) -%}
            {%- elif '%z' in format -%}
                {%- do formats.moments.append(format) -%}
            {%- elif is_converted and not modules.re.search('%-?[HIMSTXcp]', format) -%}
                {%- do formats.days.append(sql_string(format)) -%}
            {%- else -%}
                {%- do formats.clocks.append(sql_string(format)) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(formats) }}
{% endmacro %}
