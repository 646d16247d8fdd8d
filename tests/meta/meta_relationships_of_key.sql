-- The test relationships_of_key finds keys without a parent, half matches and nulls among them.
{%- set children %}
(
    select * from (values ('s', '1'), ('s', '2'), ('t', '1'), ('s', null)) as given (x, y)
)
{%- endset %}
{%- set parents = "(select * from (values ('s', '1'), ('t', '2')) as given (x, y))" %}
with orphans as (
    {{ test_relationships_of_key(children, parents, ['x', 'y']) }}
),

none_missing as (
    {{ test_relationships_of_key(parents, parents, ['x', 'y']) }}
)

select 'orphans' as failing
where (select count(*) from orphans) <> 3
union all
select 'none missing' as failing
where (select count(*) from none_missing) <> 0
