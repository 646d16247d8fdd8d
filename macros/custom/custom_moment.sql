{% macro custom_moment(source, cell, formats) -%}
    {#- A text that names a moment as a time stamp in UTC. An offset at the end may stand apart and be spelled Z;
        formats are tried one by one, because a list of them lets impossible days pass. -#}
    {%- set offset = (
        "regexp_replace(regexp_replace(" ~ cell ~ ", '(?:[Zz]|UTC|GMT)$', '+00:00'),"
        ~ " ' +([+-][0-9:]+)$', '\\1')"
    ) -%}
    {%- set text = (
        "regexp_replace(" ~ offset ~ ", '[.,]([0-9]{1,6})[0-9]*([+-][0-9:]+)$', '.\\1\\2')"
        if source.date_formats is none else offset
    ) -%}
    {%- set microseconds = {'epoch_s': 1000000, 'epoch_ms': 1000} -%}
    coalesce(
        {%- for format in formats.moments %}
        {%- if format.endswith('%z') %}
        timezone('UTC', try_strptime({{ text }}, {{ sql_string(format | replace(' %z', '%z')) }}))
        {%- else %}
        timezone('UTC', try_strptime({{ cell }}, {{ sql_string(format) }}))
        {%- endif %}
        {%- if not loop.last or formats.epochs %},{% endif %}
        {%- endfor %}
        {%- for epoch in formats.epochs %}
        case
            when regexp_full_match({{ cell }}, '-?[0-9]{1,14}([.][0-9]*)?')
                then make_timestamp(try_cast(
                    cast({{ cell }} as decimal(38, 6)) * {{ microseconds[epoch] }} as bigint
                ))
        end
        {%- endfor %}
    )
{%- endmacro %}
