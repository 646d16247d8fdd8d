{% macro is_implausible(date_column) -%}
    {{ date_column }} not between cast('{{ var("plausible_dates")[0] }}' as date)
    and cast('{{ var("plausible_dates")[1] }}' as date)
{%- endmacro %}
