{% macro parse_integer(column) -%}
    {#- DuckDB's own cast would round `2.5` to 3 and read `1e3` as 1000 without a word. The first branch
        is how nearly all cells are written; the pattern costs twice as much. -#}
    case
        when cast(try_cast({{ column }} as bigint) as varchar) = {{ column }}
            then try_cast({{ column }} as bigint)
        when regexp_full_match(trim({{ column }}), '[+-]?[0-9]+')
            then try_cast(trim({{ column }}) as bigint)
    end
{%- endmacro %}
