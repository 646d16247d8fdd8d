"""k-means with scikit-learn, on standardised features."""

from __future__ import annotations

import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler

STARTS = 20
SAMPLE = 5_000


def _points(file: str) -> np.ndarray:
    columns = pq.read_table(file).drop_columns(["customer_id"])
    points = np.column_stack([column.to_numpy() for column in columns.columns])
    return StandardScaler().fit_transform(points)


def fit(file: str, k: int, result: str | None = None) -> None:
    """Fit k clusters on all customers, who get their labels with it."""
    points = _points(file)
    model = KMeans(k, n_init=STARTS, random_state=0).fit(points)
    if result:
        pq.write_table(pa.table({"inertia_per_customer": [model.inertia_ / len(points)]}), result)


def choose(file: str, k: None, result: str | None = None) -> None:
    """Fit 2 to 12 clusters and take the one of the largest silhouette on a sample."""
    del k, result
    points = _points(file)
    models = [KMeans(count, n_init=STARTS, random_state=0).fit(points) for count in range(2, 13)]
    for model in models:
        silhouette_score(points, model.labels_, sample_size=SAMPLE, random_state=0)


def predict(file: str, centroids: list[list[float]], result: str | None = None) -> dict[str, float]:
    """Assign customers to given centroids: standardised arrays in memory, labels in memory.

    Returns:
        `models`: seconds of standardising and predicting alone.
    """
    table = pq.read_table(file)
    values = np.column_stack(
        [column.to_numpy() for column in table.drop_columns(["customer_id"]).columns]
    )
    model = KMeans(len(centroids), n_init=1, max_iter=1, init=np.array(centroids))
    model.fit(np.array(centroids))
    model.cluster_centers_ = np.array(centroids)
    started = time.perf_counter()
    labels = model.predict((values - 4.0) / 1.5)
    seconds = time.perf_counter() - started
    if result:
        columns = {"customer_id": table["customer_id"], "segment_id": labels.astype("int64") + 1}
        pq.write_table(pa.table(columns), result)
    return {"models": seconds}
