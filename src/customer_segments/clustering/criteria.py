"""How good is a number of clusters: silhouettes, stability, and whether there are groups at all.

All functions are deterministic in their seed and expect the rows in a fixed order.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.stats import norm, rankdata
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    pairwise_distances_chunked,
)
from sklearn.metrics.cluster import contingency_matrix

RESAMPLES = 20
"""Halves, bootstrap samples and null draws."""

RESAMPLE_N_INIT = 5
"""Starts per refit. Superstore's prediction strength at k = 4 with 3, 5, 10 and 20 starts is .848,
.863, .854 and .858: fewer measure bad optima, more only take longer.
"""

NULL_N_INIT = 3


class Clusters(Protocol):
    """A fit with one number of clusters, in scikit-learn's vocabulary."""

    n_clusters: int
    tol: float
    labels_: np.ndarray
    inertia_: float

    def predict(self, points: np.ndarray) -> np.ndarray:
        """Return the cluster of each row, from 0."""


class Fit(Protocol):
    """A clustering algorithm that fits several numbers of clusters to the same rows."""

    def __call__(
        self,
        points: np.ndarray,
        ks: Sequence[int],
        random_state: int,
        *,
        n_init: int,
        tol: float = 1e-4,
    ) -> Mapping[int, Clusters]:
        """Return the fit for each of `ks`; it may have fewer clusters than were asked for."""


@dataclass(frozen=True)
class StructureTest:
    """Whether the silhouette is larger than margins and correlations alone produce.

    Attributes:
        excess: largest observed silhouette minus the mean of the largest under the null.
        z: excess in standard deviations of the null.
        k: where the observed silhouette is largest.
    """

    excess: float
    z: float
    k: int


def kmeans(n_clusters: int, random_state: int, *, n_init: int, tol: float = 1e-4) -> KMeans:
    """Return an unfitted KMeans; Lloyd from k-means++ starts (Arthur and Vassilvitskii 2007)."""
    return KMeans(n_clusters, n_init=n_init, tol=tol, max_iter=500, random_state=random_state)


def fit_kmeans(
    points: np.ndarray,
    ks: Sequence[int],
    random_state: int,
    *,
    n_init: int,
    tol: float = 1e-4,
) -> dict[int, KMeans]:
    """Fit k-means with each number of clusters; see `Fit`."""
    return {k: kmeans(k, random_state, n_init=n_init, tol=tol).fit(points) for k in ks}


def silhouettes(points: np.ndarray, labelings: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean silhouette (Rousseeuw 1987) of several labelings of the same points.

    Equals sklearn.metrics.silhouette_score, which computes the distances anew for each labeling
    and sums them per row: here one matrix of distances serves all labelings.

    Args:
        points: (n, d).
        labelings: see `silhouette_values`.

    Returns:
        (number of labelings,) values in -1..1; noise is left out.
    """
    return np.array([np.nanmean(values) for values in silhouette_values(points, labelings)])


def silhouette_values(points: np.ndarray, labelings: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the silhouette of every row, for several labelings of the same points.

    Args:
        points: (n, d).
        labelings: each (n,) integers from 0, every cluster occupied, at least two clusters; -1 is
            noise, which is nobody's neighbour.

    Returns:
        For each labeling (n,) values in -1..1; 0 for rows alone in their cluster, NaN for noise.
    """
    counts = [np.bincount(labels[labels >= 0]) for labels in labelings]
    starts = np.cumsum([0, *(len(count) for count in counts)])
    members = np.zeros((len(points), starts[-1]))
    for start, labels in zip(starts, labelings, strict=False):
        clustered = np.flatnonzero(labels >= 0)
        members[clustered, start + labels[clustered]] = 1.0
    totals = np.concatenate(
        [part @ members for part in pairwise_distances_chunked(points, working_memory=64)]
    )
    rows = np.arange(len(points))
    result = []
    for start, count, labels in zip(starts, counts, labelings, strict=False):
        to_cluster = totals[:, start : start + len(count)]
        within = to_cluster[rows, labels] / np.maximum(count[labels] - 1, 1)
        others = to_cluster / count
        others[rows, labels] = np.inf  # not a neighbour of itself
        between = others.min(axis=1)
        larger = np.maximum(np.maximum(within, between), np.finfo(float).tiny)
        values = np.where(count[labels] > 1, (between - within) / larger, 0.0)
        result.append(np.where(labels >= 0, values, np.nan))
    return result


def cluster_indices(points: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Return the Davies-Bouldin and the Calinski-Harabasz index.

    Args:
        points: (n, d).
        labels: (n,) integers; below 0 is noise, which is left out.

    Returns:
        NaN both where there are not at least two clusters, one of them with two rows.
    """
    clustered = labels >= 0
    points, labels = points[clustered], labels[clustered]
    if not 1 < len(np.unique(labels)) < len(labels):
        return float("nan"), float("nan")
    return (
        float(davies_bouldin_score(points, labels)),
        float(calinski_harabasz_score(points, labels)),
    )


def prediction_strengths(
    points: np.ndarray, ks: Sequence[int], random_state: int, fit: Fit = fit_kmeans
) -> dict[int, float]:
    """Return how well the clusters of one half of the customers predict those of the other.

    Tibshirani and Walther 2005, Cluster validation by prediction strength: for the worst cluster
    of the test half, the share of its pairs that the centroids of the training half put together.
    Mean over 20 random halvings, each used in both directions.

    Args:
        points: (n, d), standardised.
        ks: numbers of clusters, each at least 2.
        random_state: of the halvings and the fits.
        fit: the algorithm.

    Returns:
        0..1 by k; NaN where a half has fewer rows than clusters. A test cluster of one row
        counts 0.
    """
    half = len(points) // 2
    strengths: dict[int, list[float]] = {k: [] for k in ks if k <= half}
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        for draw in range(RESAMPLES if strengths else 0):
            order = np.random.default_rng([random_state, 1, draw]).permutation(len(points))
            halves = points[order[:half]], points[order[half:]]
            fits = [
                fit(rows, list(strengths), random_state + draw, n_init=RESAMPLE_N_INIT)
                for rows in halves
            ]
            for k, found in strengths.items():
                for test, train in ((0, 1), (1, 0)):
                    predicted = fits[train][k].predict(halves[test])
                    table = contingency_matrix(fits[test][k].labels_, predicted).astype(float)
                    sizes = table.sum(axis=1)
                    pairs = np.maximum(sizes * (sizes - 1), 1)
                    found.append(((table * (table - 1)).sum(axis=1) / pairs).min())
    return {k: float(np.mean(strengths[k])) if k in strengths else float("nan") for k in ks}


def bootstrap_aris(
    points: np.ndarray,
    labelings: Mapping[int, np.ndarray],
    random_state: int,
    fit: Fit = fit_kmeans,
) -> dict[int, float]:
    """Return how far refits on resampled customers agree with the fit on all.

    Resampling after Hennig 2007, Cluster-wise assessment of cluster stability, with the adjusted
    Rand index (Hubert and Arabie 1985) over all customers in place of his Jaccard per cluster.

    Args:
        points: (n, d), standardised.
        labelings: by k, each (n,) of the fit on all, integers from 0.
        random_state: of the resamples and the fits.
        fit: the algorithm.

    Returns:
        Mean over 20 resamples, at most 1, by k.
    """
    agreements: dict[int, list[float]] = {k: [] for k in labelings}
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        for draw in range(RESAMPLES if labelings else 0):
            generator = np.random.default_rng([random_state, 2, draw])
            rows = generator.integers(0, len(points), len(points))
            refits = fit(points[rows], list(labelings), random_state + draw, n_init=RESAMPLE_N_INIT)
            for k, labels in labelings.items():
                agreements[k].append(adjusted_rand_score(labels, refits[k].predict(points)))
    return {k: float(np.mean(found)) for k, found in agreements.items()}


def structure_test(
    points: np.ndarray,
    ks: Sequence[int],
    observed: Sequence[float],
    random_state: int,
    fit: Fit = fit_kmeans,
) -> StructureTest:
    """Test the largest silhouette over `ks` against data of the same margins without groups.

    The null is a Gaussian copula (Sklar 1959) with the data's own margins and rank correlations:
    skew, point masses and correlation are in it, groups are not. Each of 20 draws may choose its
    own best k, as the data may, so that looking at several k is paid for. One Gaussian of the same
    covariance is no null for customers: it certifies skew as structure. What is visible in one
    margin alone (two humps of one feature) is part of the null and never counts.

    Args:
        points: (n, d), standardised.
        ks: numbers of clusters, at least one.
        observed: silhouette of the data for each of `ks`.
        random_state: of the draws and the fits.
        fit: the algorithm.

    Returns:
        The test; excess and z are 0 with fewer than two features that vary.
    """
    best = int(np.argmax(observed))
    points = points[:, np.ptp(points, axis=0) > 0]
    if points.shape[1] < 2:
        return StructureTest(0.0, 0.0, ks[best])
    correlation = matched_correlation(points, random_state)
    largest = []
    with warnings.catch_warnings(action="ignore", category=ConvergenceWarning):
        for draw in range(RESAMPLES):
            null = copula_draw(points, correlation, np.random.default_rng([random_state, 3, draw]))
            fits = fit(null, ks, random_state + draw, n_init=NULL_N_INIT)
            largest.append(silhouettes(null, [fits[k].labels_ for k in ks]).max())
    excess = float(observed[best] - np.mean(largest))
    spread = max(float(np.std(largest, ddof=1)), 1e-6)
    return StructureTest(excess, excess / spread, ks[best])


def copula_draw(
    points: np.ndarray, correlation: np.ndarray, generator: np.random.Generator
) -> np.ndarray:
    """Return rows with exactly the columns' own values, joined by a Gaussian copula.

    Args:
        points: (n, d).
        correlation: (d, d), of the underlying normal variables.
        generator: source of the draw.

    Returns:
        (n, d); each column is a permutation of the same column of `points`.
    """
    normal = generator.multivariate_normal(
        np.zeros(len(correlation)), correlation, size=len(points), method="eigh"
    )
    ranks = normal.argsort(axis=0).argsort(axis=0)
    return np.take_along_axis(np.sort(points, axis=0), ranks, axis=0)


def matched_correlation(points: np.ndarray, random_state: int) -> np.ndarray:
    """Return the normal correlation whose draws have the rank correlations of the data.

    Ties weaken the correlation of a draw (half of Online Retail's customers have one order), which
    would then pass as structure; eight fixed-point steps put it back.

    Args:
        points: (n, d), every column varies, d at least 2.
        random_state: of the draws; the same for every step.

    Returns:
        (d, d), positive definite.
    """
    target = _score_correlation(points)
    correlation = target
    for _ in range(8):
        drawn = np.mean(
            [
                _score_correlation(
                    copula_draw(points, correlation, np.random.default_rng([random_state, 4, draw]))
                )
                for draw in range(3)
            ],
            axis=0,
        )
        values, vectors = np.linalg.eigh(correlation + target - drawn)
        correlation = (vectors * np.maximum(values, 1e-6)) @ vectors.T
        deviations = np.sqrt(np.diag(correlation))
        correlation = correlation / np.outer(deviations, deviations)
    return correlation


def _score_correlation(points: np.ndarray) -> np.ndarray:
    """Return the correlation of the normal scores (van der Waerden) of the ranks."""
    return np.corrcoef(norm.ppf((rankdata(points, axis=0) - 0.5) / len(points)), rowvar=False)
