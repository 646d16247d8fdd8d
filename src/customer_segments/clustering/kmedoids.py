"""K-medoids: every cluster has a customer for its centre, and distances are not squared.

So a few customers far away do not draw a centre towards them, as they do in k-means. Partitioning
around medoids (Kaufman and Rousseeuw 1990): medoids are added one by one, each where it helps most,
then exchanged as long as that helps; the best exchange is found as in FastPAM1 (Schubert and
Rousseeuw 2021). Nothing is random.
"""

from __future__ import annotations

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.metrics import pairwise_distances

MAX_ROWS = 5_000
"""Most rows: the distances of all pairs are held in memory (200 MB)."""

_GAIN = 1e-9


class KMedoids(ClusterMixin, BaseEstimator):
    """Partitioning around medoids; deterministic.

    Args:
        n_clusters: medoids, from 1 to the number of rows.
        max_iter: most exchanges.

    Attributes:
        medoid_indices_: (n_clusters,) rows, ascending.
        cluster_centers_: (n_clusters, d), these rows.
        labels_: (n,) position of the nearest medoid, on a tie the first.
        inertia_: sum of the distances to it.
    """

    def __init__(self, n_clusters: int = 3, *, max_iter: int = 300) -> None:
        self.n_clusters = n_clusters
        self.max_iter = max_iter

    def fit(self, points: np.ndarray, y: None = None) -> KMedoids:
        """Find the medoids.

        Args:
            points: (n, d), n at least n_clusters and at most `MAX_ROWS`.
            y: ignored.

        Raises:
            ValueError: there are too few or too many rows.
        """
        if not 1 <= self.n_clusters <= len(points):
            raise ValueError(f"{self.n_clusters} medoids of {len(points)} rows")
        if len(points) > MAX_ROWS:
            raise ValueError(
                f"k-medoids compares all pairs: {len(points):,} rows are more than {MAX_ROWS:,}"
            )
        distances = pairwise_distances(points)
        medoids = _build(distances, self.n_clusters)
        for _ in range(self.max_iter):
            if (exchange := _best_exchange(distances, medoids)) is None:
                break
            position, candidate = exchange
            medoids[position] = candidate
        self.medoid_indices_ = np.sort(medoids)
        self.cluster_centers_ = points[self.medoid_indices_]
        to_medoids = distances[:, self.medoid_indices_]
        self.labels_ = to_medoids.argmin(axis=1)
        self.inertia_ = float(to_medoids.min(axis=1).sum())
        return self


def _build(distances: np.ndarray, n_clusters: int) -> np.ndarray:
    """Return the medoids to begin with: each the row that lowers the sum of distances most."""
    medoids = [int(distances.sum(axis=0).argmin())]
    nearest = distances[:, medoids[0]].copy()
    while len(medoids) < n_clusters:
        gains = np.maximum(nearest[:, None] - distances, 0).sum(axis=0)
        gains[medoids] = -1.0
        medoids.append(int(gains.argmax()))
        nearest = np.minimum(nearest, distances[:, medoids[-1]])
    return np.array(medoids)


def _best_exchange(distances: np.ndarray, medoids: np.ndarray) -> tuple[int, int] | None:
    """Return (position of a medoid, row that replaces it) that helps most; None where none does.

    What a row brings is the same for every medoid that it may replace, except for the rows that
    the medoid leaves behind: these go to the new one or to their second nearest.
    """
    to_medoids = distances[:, medoids]
    order = np.argsort(to_medoids, axis=1, kind="stable")
    nearest = np.take_along_axis(to_medoids, order[:, :1], axis=1)
    second = (
        np.take_along_axis(to_medoids, order[:, 1:2], axis=1)
        if len(medoids) > 1
        else np.full_like(nearest, np.inf)
    )
    gained = np.minimum(distances - nearest, 0)
    left_behind = np.minimum(distances, second) - nearest - gained
    changes = np.array(
        [left_behind[order[:, 0] == position].sum(axis=0) for position in range(len(medoids))]
    ) + gained.sum(axis=0)
    changes[:, medoids] = 0.0
    position, candidate = np.unravel_index(changes.argmin(), changes.shape)
    if changes[position, candidate] >= -_GAIN:
        return None
    return int(position), int(candidate)
