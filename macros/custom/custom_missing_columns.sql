{% macro custom_missing_columns(kind, columns) %}
    {#- What a source of this kind cannot do without. -#}
    {%- set problems = [] -%}
    {%- for name in ['customer_id', 'ordered_at' if kind == 'orders' else 'occurred_at']
        if name not in columns -%}
        {%- do problems.append("no column is mapped to " ~ name) -%}
    {%- endfor -%}
    {%- if kind == 'orders' -%}
        {%- if 'amount' in columns and 'unit_price' in columns -%}
            {%- do problems.append("map amount, or quantity and unit_price, not both") -%}
        {%- elif 'amount' not in columns
            and not ('quantity' in columns and 'unit_price' in columns) -%}
            {%- do problems.append("no column is mapped to amount, nor to quantity and unit_price") -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(problems) }}
{% endmacro %}
