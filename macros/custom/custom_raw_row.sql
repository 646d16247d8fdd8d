{% macro custom_raw_row() -%}
    {#- The raw row as JSON text, as published. Formed for rejected rows only: it costs as much as all the
        rest. -#}
    case
        when raw_line is null then cast(to_json(raw) as varchar)
        when json_valid(raw_line) then raw_line
        else cast(json_object('line', raw_line) as varchar)
    end
{%- endmacro %}
