"""R, F, M and scores as an analyst would write them in DuckDB, in one query."""

from __future__ import annotations

import duckdb

MEASURES = """
select
    customer_id,
    date_diff('day', cast(max(ordered_at) as date), date '{as_of}') as recency_days,
    count(distinct order_id) as frequency,
    sum(quantity * unit_price) as monetary
from '{files}'
group by customer_id
"""

SCORES = """
select
    *,
    1 + 5 * (rank() over (order by recency_days desc) - 1) // count(*) over () as recency_score,
    1 + 5 * (rank() over (order by frequency) - 1) // count(*) over () as frequency_score,
    1 + 5 * (rank() over (order by monetary) - 1) // count(*) over () as monetary_score
from ({measures})
"""


def _run(query: str, result: str | None) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"create table measured as {query}")
        if result:
            connection.execute(f"copy measured to '{result}' (format parquet)")


def measures(files: str, as_of: str, result: str | None = None) -> None:
    """Compute R, F and M."""
    _run(MEASURES.format(files=files, as_of=as_of), result)


def scores(files: str, as_of: str, result: str | None = None) -> None:
    """Compute R, F, M and their scores."""
    _run(SCORES.format(measures=MEASURES.format(files=files, as_of=as_of)), result)
