{% macro score_1_to_5(worst_first_rank, population) -%}
    {#- Tie-safe: equal values have equal minimum ranks and so equal scores. Integer arithmetic: a
        floating-point quotient can put the first row of a fifth into the one before. -#}
    cast(1 + {{ integer_divide('5 * (' ~ worst_first_rank ~ ' - 1)', population) }} as integer)
{%- endmacro %}
