{% macro drop_parse_errors() %}
    {#- A kept-open connection would hand the lines of the last build to this one. -#}
    {%- if execute -%}
        {%- for read in text_reads(model) %}
        drop table if exists temp.rejects_{{ read.name }};
        drop table if exists temp.rejects_scans_{{ read.name }};
        {%- endfor %}
    {%- endif -%}
{% endmacro %}
