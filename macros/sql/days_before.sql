{% macro days_before(date_column, as_of_date) -%}
    {#- Calendar days from a date to the as-of date; 1 for the day before. -#}
    {{ dbt.datediff(date_column, as_of_date, 'day') }}
{%- endmacro %}
