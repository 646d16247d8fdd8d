{% macro asinh_feature(column, unit) -%}
    {#- Inverse hyperbolic sine of an amount in `unit`s: as it is well below one unit, logarithmic well
        above, and unlike a logarithm defined below 0. Rounded as in log1p_feature(). -#}
    cast(asinh(cast({{ column }} as double) / {{ unit }}) as decimal(18, 6))
{%- endmacro %}
