{% macro custom_flag(cell, type) -%}
    {#- True or false; null where the cell is neither. -#}
    {%- if type == 'flag' -%}
        {{ cell }}
    {%- else -%}
        case
            when lower({{ cell }}) in ('true', 't', 'yes', 'y', '1') then true
            when lower({{ cell }}) in ('false', 'f', 'no', 'n', '0') then false
        end
    {%- endif -%}
{%- endmacro %}
