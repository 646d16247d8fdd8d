{% macro exact_mean(column) -%}
    {#- Mean of an exact decimal: DuckDB's avg() adds DOUBLEs in whatever order the threads come. -#}
    cast(sum({{ column }}) as double) / nullif(count({{ column }}), 0)
{%- endmacro %}
