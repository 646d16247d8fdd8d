{% macro as_of_date_setting(source_system) %}
    {#- The date that var as_of_date (or env AS_OF_DATE) sets for a system, as a SQL literal; null
        where it sets none. Read and checked as a whole each time, so that a typing error in any entry is found. -#}
    {%- set setting = var('as_of_date', none) or env_var('AS_OF_DATE', '') -%}
    {%- set ns = namespace(date='null') -%}
    {%- for entry in (setting | string | replace(' ', '')).split(',') if entry -%}
        {%- set parts = entry.split('=') -%}
        {%- if parts | length == 2 and parts[0] not in known_source_systems() -%}
            {{ exceptions.raise_compiler_error(
                "as_of_date names '" ~ parts[0] ~ "', which is not a source system. Known: "
                ~ known_source_systems() | join(', ') ~ "."
            ) }}
        {%- endif -%}
        {%- set day = modules.re.match(
            '^([12][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$', parts[-1]
        ) -%}
        {#- A day that its month does not have lies in the next month, counted from the first. -#}
        {%- if not day or parts | length > 2 or (
            modules.datetime.date(day[1] | int, day[2] | int, 1)
            + modules.datetime.timedelta(days=(day[3] | int) - 1)
        ).month != (day[2] | int) -%}
            {{ exceptions.raise_compiler_error(
                "as_of_date holds '" ~ entry ~ "', which is neither a date nor system=date. Write"
                ~ " one date (2011-06-01), or a list (online_retail=2011-06-01,bank=1994-01-31)."
            ) }}
        {%- endif -%}
        {%- if parts | length == 1 or parts[0] == source_system -%}
            {%- set ns.date = "'" ~ parts[-1] ~ "'" -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(ns.date) }}
{% endmacro %}
