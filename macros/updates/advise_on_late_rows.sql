{% macro advise_on_late_rows(results) %}
    {#- Says what to do where a test found rows that var late_days did not read again. -#}
    {%- set ns = namespace(is_lost=false) -%}
    {%- for result in results
        if result.status in ['fail', 'error'] and result.node.resource_type == 'test'
        and (result.node.name == 'nothing_is_lost' or result.node.name.startswith('every_line_is_staged_')) -%}
        {%- set ns.is_lost = true -%}
    {%- endfor -%}
    {%- if ns.is_lost and late_days() is not none -%}
        {%- do log(
            "Raw files and int_customer_days differ. If rows came, changed or went that are dated before the days"
            ~ " that late_days reads again, this picks them up: dbt build --full-refresh", info=true
        ) -%}
    {%- endif -%}
{% endmacro %}
