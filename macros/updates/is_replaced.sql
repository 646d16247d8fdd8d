{% macro is_replaced(date_column, system) -%}
    {#- Whether a day is one that this build replaces, as SQL. `system` is a source system in quotes, or
        the column that names it. -#}
    {%- set days = replaced_from() -%}
    {%- set named = modules.re.match("^'(.*)'$", system) -%}
    {%- if not days or (named and named[1] not in days) -%}
        true
    {%- elif named -%}
        {{ date_column }} >= date '{{ days[named[1]] }}'
    {%- elif not source_systems() | reject('in', days) | list and days.values() | unique | list | length == 1 -%}
        {{ date_column }} >= date '{{ days.values() | first }}'
    {%- else -%}
        {{ date_column }} >= case {{ system }}
            {%- for name, day in days.items() %}
            when '{{ name }}' then date '{{ day }}'
            {%- endfor %}
            {#- Systems that are built anew, and those that are off, have no day that is kept. #}
            else date '0001-01-01'
        end
    {%- endif -%}
{%- endmacro %}
