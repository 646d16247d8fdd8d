{% macro sql_paths(files) %}
    {#- A SQL list of files that exist. The readers take every path for a pattern, so that what could be
        one in a file's name is put in brackets. -#}
    {%- set paths = [] -%}
    {%- for file in files -%}
        {%- do paths.append(sql_string(modules.re.sub('([*?[])', '[\\1]', file))) -%}
    {%- endfor -%}
    {{ return('[' ~ paths | join(', ') ~ ']') }}
{% endmacro %}
