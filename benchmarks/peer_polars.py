"""R, F, M and scores in polars, lazily, on its streaming engine."""

from __future__ import annotations

from datetime import date

import polars as pl


def scores(files: str, as_of: str, result: str | None = None) -> None:
    """Compute R, F, M and their scores."""
    measured = (
        pl.scan_parquet(files)
        .select(
            "customer_id",
            "order_id",
            "ordered_at",
            amount=pl.col("quantity").cast(pl.Decimal(18, 2)) * pl.col("unit_price"),
        )
        .group_by("customer_id")
        .agg(
            recency_days=(
                pl.lit(date.fromisoformat(as_of)) - pl.col("ordered_at").max().cast(pl.Date)
            ).dt.total_days(),
            frequency=pl.col("order_id").n_unique(),
            monetary=pl.col("amount").sum(),
        )
        .collect(engine="streaming")
    )
    count = len(measured)

    def score(values: pl.Expr) -> pl.Expr:
        return 1 + 5 * (values.rank("min").cast(pl.Int64) - 1) // count

    scored = measured.with_columns(
        recency_score=score(-pl.col("recency_days")),
        frequency_score=score(pl.col("frequency")),
        monetary_score=score(pl.col("monetary")),
    )
    if result:
        scored.write_parquet(result)
