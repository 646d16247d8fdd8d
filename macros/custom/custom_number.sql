{% macro custom_number(source, cell, type, scale=5) -%}
    {#- A cell as DECIMAL; null where it is no number in the format of the source. A minus may stand
        in front or behind, or be a pair of brackets. -#}
    {%- if type in ['number', 'float'] -%}
        try_cast({{ cell }} as decimal(18, {{ scale }}))
    {%- else -%}
        {%- set text = custom_bare_number(source, cell) -%}
        {%- set mark = modules.re.escape(source.decimal_mark) -%}
        {%- set thousands = modules.re.escape(source.thousands_mark) -%}
        {%- set whole = (
            '(?:[0-9]{1,3}(?:' ~ thousands ~ '[0-9]{3})+|[0-9]+)' if thousands else '[0-9]+'
        ) -%}
        {%- set digits = '(?:' ~ whole ~ '(?:' ~ mark ~ '[0-9]*)?|' ~ mark ~ '[0-9]+)' -%}
        case
            when regexp_full_match({{ text }}, {{ sql_string('[+-]?' ~ digits) }})
                then {{ custom_plain_number(source, text, scale) }}
            when regexp_full_match(
                {{ text }}, {{ sql_string('\\( *' ~ digits ~ ' *\\)|' ~ digits ~ ' *-') }}
            )
                then -{{ custom_plain_number(
                    source, "regexp_replace(" ~ text ~ ", '[() -]', '', 'g')", scale
                ) }}
        end
    {%- endif -%}
{%- endmacro %}
