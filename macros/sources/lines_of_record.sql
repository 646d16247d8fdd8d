{% macro lines_of_record(columns) -%}
    {#- How many lines of the file hold a record: more than one where a quoted cell has line breaks.
        `columns` are all cells of the record, as SQL. -#}
    case
        when {% for column in columns %}contains({{ column }}, chr(10)){{ ' or ' if not loop.last }}{% endfor %}
            then len(regexp_extract_all(
                '|' || concat_ws('|', {{ columns | join(', ') }}) || '|', '[^\r\n]+'
            ))
        else 1
    end
{%- endmacro %}
