{% macro decode_sex(birth_number) -%}
    {#- Women have 50 added to the month of their birth number. -#}
    case
        when regexp_full_match({{ birth_number }}, '[0-9]{6}')
            then case when substr({{ birth_number }}, 3, 2) > '50' then 'female' else 'male' end
    end
{%- endmacro %}
