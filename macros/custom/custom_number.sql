{% macro custom_number(source, cell, type, scale=5) -%}
    {#- A cell as DECIMAL; null where it is no number in the format of the source. A minus may stand
        in front or behind, or be a pair of brackets. -#}
    {%- if type in ['number', 'float'] -%}
        try_cast({{ cell }} as decimal(18, {{ scale }}))
    {%- else -%}
        {%- set ns = namespace(text=cell) -%}
        {%- for sign in source.currency_signs -%}
            {%- set ns.text = "replace(" ~ ns.text ~ ", " ~ sql_string(sign) ~ ", '')" -%}
        {%- endfor -%}
        {%- if source.thousands_mark == ' ' -%}
            {#- Blanks that do not break lines, wide and narrow, are blanks. -#}
            {%- set ns.text = (
                "replace(replace(" ~ ns.text ~ ", chr(160), ' '), chr(8239), ' ')"
            ) -%}
        {%- endif -%}
        {%- if source.currency_signs -%}{%- set ns.text = "trim(" ~ ns.text ~ ")" -%}{%- endif -%}
        {%- set mark = modules.re.escape(source.decimal_mark) -%}
        {%- set thousands = modules.re.escape(source.thousands_mark) -%}
        {%- set whole = (
            '(?:[0-9]{1,3}(?:' ~ thousands ~ '[0-9]{3})+|[0-9]+)' if thousands else '[0-9]+'
        ) -%}
        {%- set digits = '(?:' ~ whole ~ '(?:' ~ mark ~ '[0-9]*)?|' ~ mark ~ '[0-9]+)' -%}
        {#- A sign may stand apart only where a currency stood between. -#}
        {%- set signed = ('[+-]? *' if source.currency_signs else '[+-]?') ~ digits -%}
        case
            when regexp_full_match({{ ns.text }}, {{ sql_string(signed) }})
                then {{ custom_plain_number(source, ns.text, scale) }}
            when regexp_full_match(
                {{ ns.text }}, {{ sql_string('\\( *' ~ digits ~ ' *\\)|' ~ digits ~ ' *-') }}
            )
                then -{{ custom_plain_number(
                    source, "regexp_replace(" ~ ns.text ~ ", '[() -]', '', 'g')", scale
                ) }}
        end
    {%- endif -%}
{%- endmacro %}
