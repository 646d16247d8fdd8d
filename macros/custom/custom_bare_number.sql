{% macro custom_bare_number(source, cell) %}
    {#- A cell without a currency sign at its beginning or end, where a minus or a bracket may stand
        outside of it; all kinds of blanks are blanks where a blank marks thousands. -#}
    {%- set ns = namespace(text=cell, longest=0) -%}
    {%- if source.thousands_mark == ' ' -%}
        {#- No-break, narrow no-break, thin, and as wide as a digit. -#}
        {%- set ns.text = (
            "translate(" ~ ns.text ~ ", chr(160) || chr(8239) || chr(8201) || chr(8199), '    ')"
        ) -%}
    {%- endif -%}
    {%- if source.currency_signs -%}
        {#- The longest first: kr. must not leave its point behind. -#}
        {%- set signs = [] -%}
        {%- for sign in source.currency_signs -%}
            {%- set ns.longest = [ns.longest, sign | length] | max -%}
        {%- endfor -%}
        {%- for length in range(ns.longest, 0, -1) -%}
            {%- for sign in source.currency_signs if sign | length == length -%}
                {%- do signs.append(modules.re.escape(sign)) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- set any_sign = '(?:' ~ signs | join('|') ~ ')' -%}
        {%- set blanks = '[ \\x{A0}\\x{202F}]*' -%}
        {%- set ns.text = (
            "regexp_replace(regexp_replace(" ~ ns.text ~ ", "
            ~ sql_string('^([(+-]?)' ~ blanks ~ any_sign ~ blanks) ~ ", '\\1'), "
            ~ sql_string(blanks ~ any_sign ~ '(' ~ blanks ~ '[)-]?)$') ~ ", '\\1')"
        ) -%}
    {%- endif -%}
    {{ return(ns.text) }}
{% endmacro %}
