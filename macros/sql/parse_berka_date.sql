{% macro parse_berka_date(column) -%}
    {#- `YYMMDD`, with or without a time behind it. All years are of the 1900s, which a two-digit year
        format would not know. -#}
    case
        when regexp_full_match(trim({{ column }}), '[0-9]{6}( 00:00:00)?')
            then cast(try_strptime('19' || left(trim({{ column }}), 6), '%Y%m%d') as date)
    end
{%- endmacro %}
