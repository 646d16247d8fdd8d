{% macro custom_sources(kind=none) %}
    {#- Every entry of vars custom_orders and custom_interactions (`kind`: of one of them), checked as far
        as it can be without looking at the data, with defaults filled in. docs/custom_sources.md is the
        reference. -#}
    {%- set sources = [] -%}
    {%- for this_kind in ['orders', 'interactions'] if kind in [none, this_kind] -%}
        {%- set setting = var('custom_' ~ this_kind, none) or [] -%}
        {%- set systems = [] -%}
        {%- for entry in ([setting] if setting is mapping else setting) -%}
            {%- set source = custom_source(this_kind, entry) -%}
            {%- if source.source_system in systems -%}
                {{ exceptions.raise_compiler_error(
                    "custom_" ~ this_kind ~ " has two entries of source_system '"
                    ~ source.source_system ~ "'. Read several files with a glob, or give each"
                    ~ " business a source_system of its own."
                ) }}
            {%- endif -%}
            {%- do systems.append(source.source_system) -%}
            {%- do sources.append(source) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(sources) }}
{% endmacro %}
