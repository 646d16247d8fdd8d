{% macro custom_format_problems(source) %}
    {#- Formats that are no formats, or that would read one text in two ways. -#}
    {%- set problems = [] -%}
    {%- set lists = [
        'date_formats', 'currency_signs', 'null_values', 'ignored_statuses', 'return_statuses',
        'click_types', 'impression_types',
    ] -%}
    {%- for setting in lists
        if source.get(setting) is not none and (source[setting] is string or source[setting] is mapping) -%}
        {%- do problems.append(setting ~ " must be a list: [" ~ source[setting] ~ "]") -%}
    {%- endfor -%}
    {%- if source.decimal_mark not in ['.', ','] -%}
        {%- do problems.append("decimal_mark must be . or ,") -%}
    {%- endif -%}
    {%- if source.thousands_mark not in ['', '.', ',', "'", ' ']
        or source.thousands_mark == source.decimal_mark -%}
        {%- do problems.append(
            "thousands_mark must be . , ' or a blank, and not the decimal_mark"
        ) -%}
    {%- endif -%}
    {%- set readings = {} -%}
    {%- set formats = source.date_formats or [] -%}
    {%- for format in formats if source.date_formats is not string -%}
        {%- if format not in ['epoch_s', 'epoch_ms'] and '%' not in (format | string) -%}
            {%- do problems.append(
                "date format '" ~ format ~ "' has no %: write it like %d/%m/%Y, or epoch_s, epoch_ms"
            ) -%}
        {%- endif -%}
        {%- if not source.time_zone and ('%z' in format or format in ['epoch_s', 'epoch_ms']) -%}
            {%- do problems.append(
                "date format '" ~ format ~ "' gives a moment, and time_zone must say on which day"
                ~ " it falls: set time_zone, such as Europe/Berlin"
            ) -%}
        {%- endif -%}
        {%- set shape = format | replace('%-', '%') | replace('%d', '%m') | replace('%y', '%m') -%}
        {%- if readings.get(shape, format) != format -%}
            {%- do problems.append(
                "date formats " ~ readings[shape] ~ " and " ~ format
                ~ " can read one text as two days. Keep the right one"
            ) -%}
        {%- endif -%}
        {%- do readings.update({shape: format}) -%}
    {%- endfor -%}
    {%- if 'epoch_s' in formats and 'epoch_ms' in formats -%}
        {%- do problems.append("epoch_s and epoch_ms read the same numbers. Keep the right one") -%}
    {%- endif -%}
    {%- if source.timestamps_in and not source.time_zone -%}
        {%- do problems.append(
            "timestamps_in needs time_zone, the zone in which the business counts its days"
        ) -%}
    {%- endif -%}
    {%- for setting in ['time_zone', 'timestamps_in']
        if source[setting] and source[setting] not in modules.pytz.all_timezones_set -%}
        {%- do problems.append(
            setting ~ " '" ~ source[setting] ~ "' is not a time zone. Write it like Europe/Berlin"
        ) -%}
    {%- endfor -%}
    {{ return(problems) }}
{% endmacro %}
