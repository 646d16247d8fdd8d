{% macro latest_value(column, date_column) -%}
    {#- The value of the latest date on which there is one. Deterministic only where a group has one
        row per date, so aggregate to `min(value)` per date first. -#}
    max_by({{ column }}, {{ date_column }}) filter (where {{ column }} is not null)
{%- endmacro %}
