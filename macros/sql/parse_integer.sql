{% macro parse_integer(column) -%}
    {#- DuckDB's own cast would round `2.5` to 3 without a word. -#}
    case
        when regexp_full_match(trim({{ column }}), '[+-]?[0-9]+')
            then try_cast(trim({{ column }}) as bigint)
    end
{%- endmacro %}
