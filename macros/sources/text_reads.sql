{% macro text_reads(staging_model) %}
    {#- The reads of text files in a staging model whose parse errors are kept: for each the ending of
        its temporary tables, and the source system where the rows must name it. -#}
    {%- set reads = [] -%}
    {%- if staging_model.name.startswith('stg_custom__') -%}
        {%- for source in active_custom_sources(staging_model.name[12:])
            if source.format in ['csv', 'json'] -%}
            {%- do reads.append({
                'name': staging_model.name ~ '_' ~ source.source_system,
                'source_system': source.source_system,
            }) -%}
        {%- endfor -%}
    {%- elif raw_format(staging_model.sources[0][0]) == 'csv' -%}
        {%- do reads.append({'name': staging_model.name, 'source_system': none}) -%}
    {%- endif -%}
    {{ return(reads) }}
{% endmacro %}
