-- One row per article on a receipt, with what it cost. Var custom_orders maps these columns.
with till_lines as (
    select * from {{ ref('till_lines') }}
),

price_list as (
    select * from {{ ref('price_list') }}
)

select
    till_lines.receipt,
    till_lines.sold_at,
    till_lines.card,
    till_lines.article,
    price_list.shelf,
    till_lines.pieces * price_list.price as paid,
    till_lines.brought_back
from till_lines
inner join price_list
    on till_lines.article = price_list.article
