{% macro decode_birth_date(birth_number) -%}
    {#- A Czech birth number is YYMMDD with 50 added to the month for women. -#}
    case
        when regexp_full_match({{ birth_number }}, '[0-9]{6}')
            then cast(
                try_strptime(
                    cast(
                        19000000 + cast({{ birth_number }} as integer)
                        - case when substr({{ birth_number }}, 3, 2) > '50' then 5000 else 0 end
                        as varchar
                    ),
                    '%Y%m%d'
                ) as date
            )
    end
{%- endmacro %}
