{% macro customer_day_settings(system) %}
    {#- What int_customer_days of a source system is made by, as texts by name: vars, where its files are,
        and the models and seeds it is computed with. -#}
    {%- set settings = {'data_dir': data_dir(), 'raw_format': var('raw_format').get(system, '')} -%}
    {%- for name in [
        'session_gap_minutes', 'plausible_dates', 'reject_duplicate_lines', 'impressions',
    ] -%}
        {%- do settings.update({name: toyaml(var(name)) | trim}) -%}
    {%- endfor -%}
    {%- for source in custom_sources() if source.source_system == system -%}
        {%- set place = {} -%}
        {%- set reading = {} -%}
        {%- for key, value in source.items() -%}
            {%- do (place if key in ['files', 'table', 'attach', 'model', 'source'] else reading).update({key: value}) -%}
        {%- endfor -%}
        {%- do settings.update({
            'custom_' ~ source.kind: toyaml(reading, sort_keys=true) | trim,
            'custom_' ~ source.kind ~ ' (files)': toyaml(place, sort_keys=true) | trim,
        }) -%}
    {%- endfor -%}
    {%- set upstream = ['model.customer_segments.int_customer_days'] -%}
    {#- A list that grows while it is read: every model and seed on the way. -#}
    {%- for unique_id in upstream -%}
        {%- for read in graph.nodes[unique_id].depends_on.nodes
            if read in graph.nodes and read not in upstream
            and graph.nodes[read].package_name == 'customer_segments' -%}
            {%- do upstream.append(read) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- set checksums = [] -%}
    {%- for unique_id in upstream | sort -%}
        {%- do checksums.append(unique_id ~ graph.nodes[unique_id].checksum.checksum) -%}
    {%- endfor -%}
    {%- do settings.update({'models and seeds': local_md5(checksums | join)}) -%}
    {{ return(settings) }}
{% endmacro %}
