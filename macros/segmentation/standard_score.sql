{% macro standard_score(measure) -%}
    {#- Where a segment lies among all customers; 0 where the measure does not exist or vary. -#}
    coalesce(
        round(
            (segments.mean_{{ measure }} - populations.mean_{{ measure }})
            / nullif(populations.deviation_{{ measure }}, 0),
            6
        ),
        0
    )
{%- endmacro %}
