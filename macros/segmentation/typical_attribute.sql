{% macro typical_attribute(attribute) -%}
    {#- What stands in for a missing attribute of a card holder: its median or mean, as card_imputation()
        says, 0 where nobody has it; null where nothing is imputed. -#}
    {%- set imputation = card_imputation() -%}
    {%- if imputation == 'median' -%}
        {#- One place more, for the middle of two values. -#}
        coalesce(cast(median(cast({{ attribute }} as decimal(19, 7))) as decimal(18, 6)), 0)
    {%- elif imputation == 'mean' -%}
        coalesce(cast({{ exact_mean(attribute) }} as decimal(18, 6)), 0)
    {%- else -%}
        cast(null as decimal(18, 6))
    {%- endif -%}
{%- endmacro %}
