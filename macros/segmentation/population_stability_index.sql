{% macro population_stability_index(fit_count, fit_total, current_count, current_total) -%}
    {#- How far two distributions over the same bins are apart: the sum over bins of (p - q) ln(p / q),
        where p and q are the shares of a bin then and now. An aggregate over rows that are bins. An empty
        bin counts as half a customer, because nothing has a logarithm of 0. Summed as DECIMAL, so that
        the order of the bins does not matter. -#}
    {%- set fit_share -%}
        (greatest(cast({{ fit_count }} as double), 0.5e0) / {{ fit_total }})
    {%- endset -%}
    {%- set current_share -%}
        (greatest(cast({{ current_count }} as double), 0.5e0) / {{ current_total }})
    {%- endset -%}
    sum(
        cast(
            ({{ current_share }} - {{ fit_share }}) * ln({{ current_share }} / {{ fit_share }})
            as decimal(38, 12)
        )
    )
{%- endmacro %}
