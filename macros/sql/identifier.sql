{% macro identifier(column) -%}
    {#- A raw id exactly as it stands: `12`, `012`, ` 12` and `a12`, `A12` are different ids, and a
        data test reports such look-alikes. Null when blank. -#}
    case when trim({{ column }}) <> '' then {{ column }} end
{%- endmacro %}
