"""K-means, the segmentation that looks for round groups of similar width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

from customer_segments.clustering import choosing_k
from customer_segments.clustering.assignment import canonical_order
from customer_segments.clustering.criteria import fit_kmeans
from customer_segments.clustering.fitting import Centroids, fit_segmentation
from customer_segments.clustering.preparation import PARAMETER_DECIMALS


class KMeansAlgorithm:
    """K-means; see `fitting.Algorithm`."""

    name = "kmeans"
    documentation = (
        "k-means puts every customer into the segment whose centroid (the mean customer of the "
        "segment) is nearest, and places the centroids so that the sum of squared distances is as "
        "small as it can find. Each feature is first centred on its mean and divided by its "
        "standard deviation, so that all count alike. Segments are therefore round and of similar "
        "width; they describe who is alike, not why. In the first model segment 1 is the one with "
        "the smallest first feature; a later one keeps the number of a segment that is the same, "
        "and never uses one again."
    )
    parameters: ClassVar[Mapping[str, object]] = {}
    is_nearest_centroid = True
    fit = staticmethod(fit_kmeans)

    def segments(self, clusters: KMeans) -> Centroids:
        """Number the clusters by their rounded centroids."""
        centroids = np.round(clusters.cluster_centers_, PARAMETER_DECIMALS) + 0.0
        return Centroids(centroids[canonical_order(centroids)])


def fit_kmeans_segmentation(
    features: pd.DataFrame,
    *,
    feature_names: Sequence[str],
    raw_feature_names: Sequence[str] = (),
    k: int | Mapping[str, int] | None = None,
    default_k: int = 5,
    k_max: int = choosing_k.K_MAX,
    random_state: int = 0,
    max_fit_rows: int = 100_000,
    max_criteria_rows: int = 5_000,
    earlier_models: pd.DataFrame | None = None,
    keep_k: bool = True,
) -> pd.DataFrame:
    """Choose k, fit, assign and describe, for each source system by itself.

    The result depends on the set of rows, not on their order, nor on the number of threads. Above
    `max_fit_rows` customers the centroids are fitted on a sample drawn by a hash of the key, and
    all customers are assigned; the criteria are computed on at most `max_criteria_rows`. Means
    and scales are those of all customers.

    Segments are numbered 1..k by their centroids, compared feature by feature in the order of
    `feature_names`, smallest first: with recency first, segment 1 bought most recently. Where
    there is an earlier model on the same features, a segment that is the same as one of its
    segments has that one's number, and all others have new ones (`identity`).

    Args:
        features: one row per customer: `source_system`, `customer_id` (text), the features
            (transformed, rounded to six decimals) and the same measures in raw units; floats,
            nullable numbers or Decimals. A customer with a null feature is left out of the fit,
            gets no assignment, and is counted.
        feature_names: columns to cluster on, in the order that numbers the segments.
        raw_feature_names: columns that the rule card speaks of; the features where empty. Null is
            allowed.
        k: fixed number of segments, for all source systems or by name; None: chosen.
        default_k: the most segments that are cut where there is no structure.
        k_max: the largest k tried; a fixed or previous k is tried in any case.
        random_state: seed of every fit and resample.
        max_fit_rows: most rows that centroids are fitted on.
        max_criteria_rows: most rows that criteria are computed on.
        earlier_models: columns `identity.COLUMNS`, of this segmentation, all fitted on data of
            earlier dates than these features; None: there are none.
        keep_k: whether the k of the latest of them on the same features is kept while it is
            admissible and the settings that choose k are the same.

    Returns:
        The long frame of `schema`. Empty, but typed, for a frame without rows.

    Raises:
        ValueError: see `preparation.split_by_system`; also for a k below 1, and for a column that
            the earlier models lack.
    """
    return fit_segmentation(
        features,
        KMeansAlgorithm(),
        feature_names=feature_names,
        raw_feature_names=raw_feature_names,
        k=k,
        default_k=default_k,
        k_max=k_max,
        random_state=random_state,
        max_fit_rows=max_fit_rows,
        max_criteria_rows=max_criteria_rows,
        earlier_models=earlier_models,
        keep_k=keep_k,
    )
