{% macro drop_parse_errors() %}
    {#- A kept-open connection would hand the lines of the last build to this one. -#}
    {%- if execute and raw_format(model.sources[0][0]) == 'csv' -%}
        drop table if exists temp.rejects_{{ this.identifier }};
        drop table if exists temp.rejects_scans_{{ this.identifier }}
    {%- endif -%}
{% endmacro %}
