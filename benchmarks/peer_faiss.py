"""k-means with faiss, on standardised features in single precision."""

from __future__ import annotations

import faiss
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

STARTS = 20


def fit(file: str, k: int, result: str | None = None) -> None:
    """Fit k clusters on all customers, and assign them."""
    columns = pq.read_table(file).drop_columns(["customer_id"])
    points = np.column_stack([column.to_numpy() for column in columns.columns])
    points = ((points - points.mean(axis=0)) / points.std(axis=0)).astype("float32")
    model = faiss.Kmeans(
        points.shape[1],
        k,
        nredo=STARTS,
        niter=100,
        seed=0,
        # By default faiss fits on 256 points per cluster.
        max_points_per_centroid=len(points),
    )
    model.train(points)
    distances, _ = model.index.search(points, 1)
    if result:
        inertia = float(distances.mean(dtype="float64"))
        pq.write_table(pa.table({"inertia_per_customer": [inertia]}), result)
