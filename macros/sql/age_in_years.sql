{% macro age_in_years(birth_date, as_of_date) -%}
    {#- Completed years. Someone born on 29 February completes a year on 1 March of a common year. -#}
    (
        extract(year from {{ as_of_date }}) - extract(year from {{ birth_date }})
        - case
            when
                100 * extract(month from {{ as_of_date }}) + extract(day from {{ as_of_date }})
                < 100 * extract(month from {{ birth_date }}) + extract(day from {{ birth_date }})
                then 1
            else 0
        end
    )
{%- endmacro %}
