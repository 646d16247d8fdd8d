{% macro custom_cell(source, name, column, type) -%}
    {#- A mapped cell: null where it means nothing; text without the blanks around it, an id exactly as it
        stands; a column that has the type it needs keeps it, any other becomes text. -#}
    {%- set role = custom_columns(source.kind)[name] -%}
    {%- set value = 'raw.' ~ sql_name(column) if column else 'cast(null as varchar)' -%}
    {%- set nothing = [sql_string('')] -%}
    {%- for text in source.null_values -%}{%- do nothing.append(sql_string(text)) -%}{%- endfor -%}
    {%- if type == 'text' -%}
        {%- set trimmed = custom_trimmed(value) -%}
        case
            when ({{ trimmed }}) not in ({{ nothing | join(', ') }})
                then {{ value if role == 'id' else trimmed }}
        end
    {%- elif not column
        or (role == 'number' and type in ['number', 'float'])
        or (role == 'time' and type in ['date', 'time', 'moment'])
        or (role == 'flag' and type == 'flag') -%}
        {{ value }}
    {%- elif type == 'float' -%}
        {#- A whole number with gaps becomes floating point in many tools: 17850.0 is the id 17850. -#}
        case
            when isnan({{ value }}) then null
            when {{ value }} = floor({{ value }}) and abs({{ value }}) < 9007199254740992
                then cast(cast({{ value }} as bigint) as varchar)
            else cast({{ value }} as varchar)
        end
    {%- else -%}
        cast({{ value }} as varchar)
    {%- endif -%}
{%- endmacro %}
