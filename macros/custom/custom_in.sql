{% macro custom_in(cell, texts) -%}
    {#- Whether a cell is one of some texts, letter for letter; false where it is null or there are none. -#}
    {%- if texts -%}
        coalesce({{ cell }} in (
            {%- for text in texts %}{{ sql_string(text) }}{{ ', ' if not loop.last }}{% endfor -%}
        ), false)
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}
