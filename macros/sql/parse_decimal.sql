{% macro parse_decimal(column, scale=5) -%}
    {#- Point as decimal mark, no thousands mark; more digits than the scale are rounded. -#}
    case
        when regexp_full_match(trim({{ column }}), '[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)')
            then try_cast(trim({{ column }}) as decimal(18, {{ scale }}))
    end
{%- endmacro %}
