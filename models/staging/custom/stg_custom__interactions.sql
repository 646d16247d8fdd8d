-- One row per raw row of interactions of every custom source, usable or not: `rejection_reason`
-- says why not. How each is read is said by var custom_interactions: docs/custom_sources.md.
{{ config(enabled=is_on('custom_interactions'), materialized='table') }}
{%- set sources = active_custom_sources('interactions') %}

{%- if not execute %}
{#- What a source is read from is known to dbt before the query can be written. -#}
{%- for source in sources if source.format == 'relation' %}
{%- do custom_table(source) %}
{%- endfor %}
{%- else %}

with {% for source in sources %}
{{ stage_custom_interactions(source) }}
{%- if not loop.last %},{% endif %}
{%- endfor %}
{% for source in sources %}
select * from {{ source.source_system }}_staged
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
{%- endif %}
