{% macro exact_deviation(column) -%}
    {#- Population standard deviation of an exact decimal of up to 6 places, from exact sums. -#}
    sqrt(
        greatest(
            cast(sum(cast({{ column }} * {{ column }} as decimal(38, 12))) as double)
            / nullif(count({{ column }}), 0)
            - power(cast(sum({{ column }}) as double) / nullif(count({{ column }}), 0), 2),
            0
        )
    )
{%- endmacro %}
