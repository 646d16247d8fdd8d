"""R, F and M by OpenRetailScience's RFMSegmentation, on its DuckDB engine.

Its scores are fifths of a sequence in which equal values stand in any order, so they are left out
of the comparison; computing them is part of its time.
"""

from __future__ import annotations

import ibis
from openretailscience.segmentation.rfm import RFMSegmentation


def measures(files: str, as_of: str, result: str | None = None) -> None:
    """Compute R, F and M, and the library's own scores."""
    lines = ibis.duckdb.connect().read_parquet(files)
    orders = lines.mutate(
        transaction_id=lines.order_id,
        transaction_date=lines.ordered_at,
        unit_spend=lines.quantity * lines.unit_price,
    )
    frame = RFMSegmentation(
        orders, current_date=as_of, r_segments=5, f_segments=5, m_segments=5
    ).table.execute()
    if result:
        frame[["customer_id", "recency_days", "frequency", "monetary"]].to_parquet(result)
