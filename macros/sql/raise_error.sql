{% macro raise_error(message) -%}
    {{ return(adapter.dispatch('raise_error', 'customer_segments')(message)) }}
{%- endmacro %}

{% macro default__raise_error(message) -%}
    raise_error({{ message }})
{%- endmacro %}

{% macro duckdb__raise_error(message) -%}
    error({{ message }})
{%- endmacro %}
