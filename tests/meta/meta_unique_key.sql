-- The test unique_key finds each repeated key once, one with nulls too, and passes unique rows.
{%- set rows %}
(
    select * from (values
        (1, 'a'), (1, 'a'), (1, 'b'), (null, 'c'), (null, 'c')
    ) as given (x, y)
)
{%- endset %}
with repeated as (
    {{ test_unique_key(rows, ['x', 'y']) }}
),

unique_rows as (
    {{ test_unique_key('(select distinct x, y from ' ~ rows ~ ' as given)', ['x', 'y']) }}
)

select 'repeated' as failing
where (select count(*) from repeated) <> 2
union all
select 'unique' as failing
where (select count(*) from unique_rows) <> 0
