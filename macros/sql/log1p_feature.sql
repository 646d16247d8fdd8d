{% macro log1p_feature(column) -%}
    {#- ln(1 + x) of a skewed, non-negative measure; null below 0. Rounded, because the last digits of
        a logarithm differ between machines and a fit must not. -#}
    cast(
        case when {{ column }} >= 0 then ln(1 + cast({{ column }} as double)) end
        as decimal(18, 6)
    )
{%- endmacro %}
