{% macro system_names(systems) -%}
    {#- A query for the names of source systems, one row each. -#}
    select source_system
    from (
        values
        {%- for system in systems %}
        ('{{ system }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as systems (source_system)
{%- endmacro %}
