-- The test ids_do_not_look_alike finds ids that differ by case, blanks or leading zeros within a
-- partition, and nothing else: 0 and 00 look alike, 10 and 100 do not.
{%- set rows %}
(
    select * from (values
        ('s', 'a7'), ('s', 'A7'), ('s', '12'), ('s', '012'), ('s', ' 12'), ('s', '0'), ('s', '00'),
        ('s', '10'), ('s', '100'), ('t', 'a10')
    ) as given (x, y)
)
{%- endset %}
with look_alikes as (
    {{ test_ids_do_not_look_alike(rows, 'y', 'x') }}
)

select count(*) as group_count
from look_alikes
having count(*) <> 3 or sum(id_count) <> 7
