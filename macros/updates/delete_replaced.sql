{% macro delete_replaced(date_column, system='source_system') %}
    {#- Pre-hook of a model that is brought up to date: its rows go that the query brings back as they are
        now, in the same transaction. -#}
    {%- if execute and is_incremental() -%}
    delete from {{ this }} where coalesce({{ is_replaced(date_column, system) }}, true)
    {%- endif -%}
{% endmacro %}
