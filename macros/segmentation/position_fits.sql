{% macro position_fits(measure) -%}
    {#- Whether a segment's level (low, mid, high) is what a rule of the playbook asks for. -#}
    (
        rules.{{ measure }} in ('any', positioned.{{ measure }}_level)
        or (rules.{{ measure }} = 'not_low' and positioned.{{ measure }}_level <> 'low')
        or (rules.{{ measure }} = 'not_high' and positioned.{{ measure }}_level <> 'high')
    )
{%- endmacro %}
