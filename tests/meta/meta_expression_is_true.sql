-- The test expression_is_true finds the false row, and lets true and null pass.
{%- set rows = "(select * from (values (1), (null), (-1)) as given (x))" %}
with failures as (
    {{ test_expression_is_true(rows, 'x > 0') }}
)

select count(*) as failure_count
from failures
having count(*) <> 1 or min(x) <> -1
