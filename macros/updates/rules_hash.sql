{% macro rules_hash(system) %}
    {#- What decides about int_customer_days of a source system besides its rows, in one word: the same for
        the same data in another folder or format. -#}
    {#- A unit test has no graph to look into. -#}
    {%- if not execute or model.resource_type != 'model' -%}{{ return('') }}{%- endif -%}
    {%- set rules = {} -%}
    {%- for name, value in customer_day_settings(system).items()
        if name not in ['data_dir', 'raw_format'] and not name.endswith(' (files)') -%}
        {%- do rules.update({name: value}) -%}
    {%- endfor -%}
    {{ return(local_md5(tojson(rules, sort_keys=true))) }}
{% endmacro %}
