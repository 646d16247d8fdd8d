"""R, F, M and scores in pandas."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


def scores(files: str, as_of: str, result: str | None = None) -> None:
    """Compute R, F, M and their scores; amounts are floats, as pandas users have them."""
    columns = ["customer_id", "order_id", "ordered_at", "quantity", "unit_price"]
    lines = pd.concat(
        [
            pd.read_parquet(file, columns=columns)
            for file in sorted(Path(files).parent.glob(Path(files).name))
        ],
        ignore_index=True,
    )
    lines["amount"] = lines["quantity"] * lines["unit_price"].astype("float64")
    measured = (
        lines.groupby("customer_id")
        .agg(
            last=("ordered_at", "max"),
            frequency=("order_id", "nunique"),
            monetary=("amount", "sum"),
        )
        .reset_index()
    )
    measured["recency_days"] = (pd.Timestamp(as_of) - measured.pop("last").dt.normalize()).dt.days
    # Floats that stand for the same amount of cents have to be equal, or their ranks are not.
    measured["monetary"] = measured["monetary"].round(2)
    for name, values in {
        "recency": -measured["recency_days"],
        "frequency": measured["frequency"],
        "monetary": measured["monetary"],
    }.items():
        rank = values.rank(method="min").astype("int64")
        measured[f"{name}_score"] = 1 + 5 * (rank - 1) // len(measured)
    if result:
        measured.to_parquet(result)
