"""Recency, frequency, monetary amount and scores of order lines: ours and the peers'."""

from __future__ import annotations

from pathlib import Path

from benchmarks.generated import ORDERS_AS_OF, order_lines
from benchmarks.harness import Contender, Line, compete

TITLE = "R, F, M and scores of {lines:,} order lines, {customers:,} customers"

MARTS = "customer_recency customer_frequency customer_monetary customer_engagement customer_scores"

OURS = """
select
    customer_id, recency_days, order_count as frequency, net_amount as monetary,
    recency_score, frequency_score, monetary_score
from marts.customer_recency
inner join marts.customer_frequency using (source_system, customer_id)
inner join marts.customer_monetary using (source_system, customer_id)
inner join marts.customer_scores using (source_system, customer_id)
"""

# Cents: whoever adds floats is right to the cent.
COLUMNS = {
    "customer_id": "varchar",
    "recency_days": "bigint",
    "frequency": "bigint",
    "monetary": "decimal(18, 2)",
    "recency_score": "integer",
    "frequency_score": "integer",
    "monetary_score": "integer",
}


def mapping(files: Path) -> dict[str, object]:
    """Return the vars that make generated order lines a custom source."""
    return {
        "custom_orders": {
            "source_system": "bench",
            "files": str(files),
            "columns": {
                name: name
                for name in (
                    "customer_id",
                    "order_id",
                    "ordered_at",
                    "product_id",
                    "quantity",
                    "unit_price",
                )
            },
        }
    }


def run(folder: Path, lines: int, customers: int, runs: int, limit_seconds: float) -> list[Line]:
    """Generate, and let everybody compute the same.

    Args:
        folder: empty.
        lines: of orders.
        customers: who ordered.
        runs: timed ones.
        limit_seconds: of patience per run.
    """
    files = order_lines(folder, lines, customers)
    peer = {"files": str(files), "as_of": ORDERS_AS_OF}
    warehouse = folder / "ours"
    warehouse.mkdir()
    contenders = [
        Contender("hand-written DuckDB, R, F, M and scores", "benchmarks.peer_duckdb:scores", peer),
        Contender("hand-written DuckDB, R, F, M", "benchmarks.peer_duckdb:measures", peer),
        Contender(
            "this project, four marts and scores",
            "benchmarks.project:dbt",
            {
                "command": "run",
                "folder": str(warehouse),
                "variables": mapping(files) | {"as_of_date": ORDERS_AS_OF},
                "select": " ".join(f"+{name}" for name in MARTS.split()),
                "query": OURS,
            },
        ),
        Contender(
            "polars, R, F, M and scores", "benchmarks.peer_polars:scores", peer, is_peer=True
        ),
        Contender(
            "pandas, R, F, M and scores", "benchmarks.peer_pandas:scores", peer, is_peer=True
        ),
        Contender(
            "OpenRetailScience, R, F, M",
            "benchmarks.peer_openretailscience:measures",
            peer,
            is_peer=True,
        ),
    ]
    return compete(
        contenders, folder=folder, columns=COLUMNS, runs=runs, limit_seconds=limit_seconds
    )
