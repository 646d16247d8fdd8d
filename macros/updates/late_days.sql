{% macro late_days() %}
    {#- Var late_days, checked: null, or how many days before the last one held are read again. -#}
    {%- set days = var('late_days') -%}
    {%- if days is not none and (days is not integer or days is boolean or days < 0) -%}
        {{ exceptions.raise_compiler_error(
            "late_days is '" ~ days ~ "'. Give a number of days (0: new days only), or null to build"
            ~ " every day anew."
        ) }}
    {%- endif -%}
    {{ return(days) }}
{% endmacro %}
