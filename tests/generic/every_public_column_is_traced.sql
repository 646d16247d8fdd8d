{% test every_public_column_is_traced(model) %}
{#- Fails with each column of a public table that attribute_lineage does not know, or knows but is none. -#}
{%- set tables = [] -%}
{%- if execute and not flags.EMPTY -%}
    {%- for node in graph.nodes.values()
        if node.resource_type == 'model' and node.package_name == 'customer_segments'
        and node.config.access == 'public' -%}
        {%- do tables.append([node.name, node.schema, node.alias]) -%}
    {%- endfor -%}
{%- endif %}
with tables as (
    {%- for name, schema, alias in tables %}
    select '{{ name }}' as model, '{{ schema }}' as table_schema, '{{ alias }}' as table_name
    union all
    {%- endfor %}
    select null as model, null as table_schema, null as table_name where false
),

public_columns as (
    select tables.model, columns.column_name
    from information_schema.columns as columns
    inner join tables using (table_schema, table_name)
    where columns.table_catalog = current_database()
),

traced_columns as (
    select distinct model, column_name from {{ model }}
)

select
    coalesce(public_columns.model, traced_columns.model) as model,
    coalesce(public_columns.column_name, traced_columns.column_name) as column_name,
    traced_columns.model is not null as is_traced
from public_columns
full join traced_columns
    on
        public_columns.model = traced_columns.model
        and public_columns.column_name = traced_columns.column_name
where public_columns.model is null or traced_columns.model is null
{% endtest %}
