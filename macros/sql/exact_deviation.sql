{% macro exact_deviation(column) -%}
    {#- Population standard deviation of an exact decimal of up to 6 places, from exact sums. The square of
        an amount needs more digits than the amount. -#}
    sqrt(
        greatest(
            cast(
                sum(cast(cast({{ column }} as decimal(38, 6)) * {{ column }} as decimal(38, 12)))
                as double
            )
            / nullif(count({{ column }}), 0)
            - power(cast(sum({{ column }}) as double) / nullif(count({{ column }}), 0), 2),
            0
        )
    )
{%- endmacro %}
