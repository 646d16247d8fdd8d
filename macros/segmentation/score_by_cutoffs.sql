{% macro score_by_cutoffs(measure, value, cutoffs) -%}
    {#- The score of a value by a row of score_cutoffs: few days of recency are good, much of all else. Null
        without a value or without cut-offs. -#}
    case
        when {{ value }} is null or {{ cutoffs }}.{{ measure }}_cutoff_2 is null then null
        {%- for score in [5, 4, 3, 2] %}
        when
            {{ value }} {{ '<' if measure == 'recency' else '>' }} {{ cutoffs }}.{{ measure }}_cutoff_{{ score }}
            then {{ score }}
        {%- endfor %}
        else 1
    end
{%- endmacro %}
