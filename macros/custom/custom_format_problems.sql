{% macro custom_format_problems(source) %}
    {#- Formats that are no formats, or that would read one text in two ways. -#}
    {%- set problems = [] -%}
    {%- set lists = [
        'date_formats', 'currency_signs', 'null_values', 'ignored_statuses', 'return_statuses',
        'click_types', 'impression_types',
    ] -%}
    {%- for setting in lists if source.get(setting) is not none -%}
        {%- if source[setting] is string or source[setting] is mapping or source[setting] is not iterable -%}
            {%- do problems.append(setting ~ " must be a list: [" ~ source[setting] ~ "]") -%}
        {%- else -%}
            {%- for text in source[setting] if text is none or text is boolean or text is not string -%}
                {%- do problems.append(
                    setting ~ " holds " ~ text ~ ", which is no text: put quotes around it, as YAML reads"
                    ~ " yes, no, null and numbers as something else"
                ) -%}
            {%- endfor -%}
        {%- endif -%}
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
    {%- set formats = [] -%}
    {%- if source.date_formats is iterable and source.date_formats is not string -%}
        {%- set formats = source.date_formats | select('string') | list -%}
    {%- endif -%}
    {%- for format in formats -%}
        {%- if format not in ['epoch_s', 'epoch_ms'] and '%' not in format -%}
            {%- do problems.append(
                "date format '" ~ format ~ "' has no %: write it like %d/%m/%Y, or epoch_s, epoch_ms"
            ) -%}
        {%- endif -%}
        {%- if '%Z' in format or modules.re.search('(^|[^%])[Zz]$', format) -%}
            {%- do problems.append(
                "date format '" ~ format ~ "' must spell the time zone %z, which reads Z, UTC and offsets"
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
    {%- set of_digits = [] -%}
    {%- for format in formats -%}
        {%- if format.startswith('epoch_') or not modules.re.sub('%-?[a-zA-Z]', '', format) -%}
            {%- do of_digits.append(format) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if of_digits | length > 1 and of_digits | select('in', ['epoch_s', 'epoch_ms']) | list -%}
        {%- do problems.append(
            of_digits | join(' and ') ~ " read the same numbers. Keep the right one"
        ) -%}
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
