{% macro months_segment_name(segment_id, names) -%}
    {#- The name of a segment of a model of the past, given the row of its names, if any. -#}
    case
        when {{ segment_id }} is null then 'Not Segmented'
        when {{ segment_id }} = 0 then 'Fully Returned'
        else {{ names }}.segment_name
    end
{%- endmacro %}
