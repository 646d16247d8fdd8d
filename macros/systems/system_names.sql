{% macro system_names(systems) -%}
    {#- A query for the names of source systems, one row each. -#}
    select source_system
    from (
        values
        {%- for system in systems %}
        ('{{ system }}'),
        {%- endfor %}
        (null)
    ) as systems (source_system)
    where source_system is not null
{%- endmacro %}
