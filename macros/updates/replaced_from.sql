{% macro replaced_from() %}
    {#- First day that this build replaces, by source system, as plan_updates() has decided; a system
        that is not named is built anew. -#}
    {%- set days = {} -%}
    {%- if execute and late_days() is not none and model.resource_type == 'model'
        and flags.WHICH in ['build', 'run'] -%}
        {%- for row in run_query(
            "select source_system, cast(replaced_from as varchar) from operations.updates"
            ~ " where build_id = '" ~ invocation_id ~ "' and replaced_from is not null"
            ~ " order by source_system"
        ).rows -%}
            {%- do days.update({row[0]: row[1]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(days) }}
{% endmacro %}
