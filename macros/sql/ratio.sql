{% macro ratio(numerator, denominator, data_type='decimal(18, 5)') -%}
    {#- Null without a denominator. The quotient of two exact numbers is the nearest DOUBLE, the same
        on every run; the cast to a stated DECIMAL keeps sums over it exact. -#}
    cast(
        cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
        as {{ data_type }}
    )
{%- endmacro %}
