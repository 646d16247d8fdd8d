"""Bisecting k-means: segments by dividing one of them after the other, and the tree of divisions.

After Steinbach, Karypis and Kumar 2000, A Comparison of Document Clustering Techniques, with the
smallest divisible size of Spark's BisectingKMeans.

scikit-learn's BisectingKMeans has no smallest size, always makes as many clusters as it is asked
for, and keeps its tree and the choice of the next leaf in private members; a subclass would hang
on those. So each division is one public `KMeans(2)`, and what is added is the tree around it:
which leaf is next, when none is, and the numbers of its nodes.

Spark divides a whole level at a time, scikit-learn and this module one leaf at a time. Only so is
the tree of k segments the beginning of the tree of k + 1, and every smaller k can be read from it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans

from customer_segments.clustering import choosing_k
from customer_segments.clustering.assignment import canonical_order, distance_to, nearest
from customer_segments.clustering.fitting import fit_segmentation
from customer_segments.clustering.preparation import PARAMETER_DECIMALS
from customer_segments.clustering.schema import NODE_NUMBERS, Records

STRATEGIES = ("biggest_inertia", "largest_cluster")

_INERTIA_DECIMALS = 6
"""Inertias equal to so many decimals are a tie, which the smaller node_id wins."""


@dataclass(frozen=True)
class Node:
    """Customers who were together after some split.

    The sides of split s are the nodes 2s and 2s + 1, the one with the smaller centroid first
    (`assignment.canonical_order`), so ids do not depend on how k-means numbers its clusters.

    Attributes:
        node_id: 1 for all customers.
        parent_id: the node it is a side of; 0 for node 1.
        depth: splits above it.
        size: rows it was fitted on.
        inertia: sum of their squared distances to its centroid.
        centroid: (d,), `PARAMETER_DECIMALS`.
        split_order: the number of the split that divided it, from 1; 0 for a leaf.
    """

    node_id: int
    parent_id: int
    depth: int
    size: int
    inertia: float
    centroid: np.ndarray
    split_order: int = 0

    @property
    def k_from(self) -> int:
        """The number of clusters with which it came about: split s makes s + 1."""
        return self.node_id // 2 + 1

    @property
    def child_ids(self) -> tuple[int, ...]:
        """Its sides; none for a leaf."""
        return (2 * self.split_order, 2 * self.split_order + 1) if self.split_order else ()


@dataclass(frozen=True)
class Tree:
    """The splits, and the clusters they lead to: the leaves, the first side of a split first.

    So the leaves below a node follow one another, and `span` says from where to where.

    Attributes:
        nodes: node i at position i - 1.
    """

    nodes: tuple[Node, ...]

    def pruned(self, k: int) -> Tree:
        """Return the tree of the first k - 1 splits; the whole where it has no more."""
        return Tree(
            tuple(
                replace(node, split_order=node.split_order if node.split_order < k else 0)
                for node in self.nodes
                if node.k_from <= k
            )
        )

    @cached_property
    def leaves(self) -> tuple[Node, ...]:
        """The clusters, in the order of their labels."""
        return self._below(1)

    @property
    def centroids(self) -> np.ndarray:
        """(k, d), of the leaves."""
        return np.array([leaf.centroid for leaf in self.leaves])

    def span(self, node_id: int) -> tuple[int, int]:
        """Return the positions of the first and the last leaf below a node."""
        below = self._below(node_id)
        return self.leaves.index(below[0]), self.leaves.index(below[-1])

    def walk(self, points: np.ndarray) -> np.ndarray:
        """Return the leaf of each row: at each split the side with the nearer centroid.

        Args:
            points: (n, d), standardised.

        Returns:
            (n,) positions in `leaves`; on a tie the side with the smaller node_id.
        """
        node_ids = np.ones(len(points), dtype=np.int64)
        # A node has a larger id than its parent, so its rows are there before it is looked at.
        for node in self.nodes:
            if node.split_order:
                rows = np.flatnonzero(node_ids == node.node_id)
                sides = np.array([self.nodes[child - 1].centroid for child in node.child_ids])
                node_ids[rows] = np.array(node.child_ids)[nearest(points[rows], sides)[0]]
        position_of_leaf = np.zeros(len(self.nodes) + 1, dtype=np.int64)
        position_of_leaf[[leaf.node_id for leaf in self.leaves]] = np.arange(len(self.leaves))
        return position_of_leaf[node_ids]

    def position_of(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the leaf of each row, and the distance to its centroid."""
        positions = self.walk(points)
        distances = np.empty(len(points))
        for position, leaf in enumerate(self.leaves):
            rows = np.flatnonzero(positions == position)
            distances[rows] = distance_to(points[rows], leaf.centroid)
        return positions, distances

    def record(self, records: Records, feature_names: Sequence[str]) -> None:
        """Add the nodes and their centroids."""
        for node in self.nodes:
            first, last = (position + 1 for position in self.span(node.node_id))
            numbers = {
                "parent_node_id": node.parent_id or None,
                "depth": node.depth,
                "k_from": node.k_from,
                "split_order": node.split_order or None,
                "customer_count": node.size,
                "inertia": node.inertia,
                "first_segment_id": first,
                "last_segment_id": last,
            }
            keys = {"node_id": node.node_id} | ({} if node.split_order else {"segment_id": first})
            for name in NODE_NUMBERS:
                records.add("node", name, numbers[name], **keys)
            for feature, centre in zip(feature_names, node.centroid, strict=True):
                keys = {"node_id": node.node_id, "feature": feature}
                records.add("node_centroid", "centroid", float(centre), **keys)

    def _below(self, node_id: int) -> tuple[Node, ...]:
        node = self.nodes[node_id - 1]
        sides = [self._below(child) for child in node.child_ids]
        return tuple(leaf for side in sides for leaf in side) if sides else (node,)


class BisectingKMeans(ClusterMixin, BaseEstimator):
    """Divide one leaf after the other by k-means with two clusters.

    Deterministic: every division starts from `random_state` anew, so it depends on its own rows
    only; rows are expected in a fixed order. As in `assignment`, centroids are rounded before rows
    are put to the nearer one, so a row is in the node that SQL puts it in.

    Args:
        n_clusters: wanted; there are fewer where no leaf is divisible any more.
        n_init: starts of each division; the best counts.
        max_iter: most iterations of each start.
        tol: a start ends when its centroids move less; relative to the variance.
        random_state: seed of each division.
        bisecting_strategy: which divisible leaf is next: `biggest_inertia` or `largest_cluster`;
            on a tie the smaller node_id.
        min_divisible_cluster_size: a leaf with fewer rows is not divided: rows from 1, a share of
            all rows below 1. Nor is a leaf without two distinct rows.

    Attributes:
        tree_: the splits.
        n_clusters_: leaves of the tree, at most n_clusters.
        labels_: (n,) leaf of each row, from 0.
        cluster_centers_: (n_clusters_, d).
        inertia_: sum of squared distances of the rows to their leaf's centroid.
    """

    def __init__(
        self,
        n_clusters: int = 4,
        *,
        n_init: int = choosing_k.N_INIT,
        max_iter: int = 300,
        tol: float = 0.0,
        random_state: int = 0,
        bisecting_strategy: str = "biggest_inertia",
        min_divisible_cluster_size: float = 1.0,
    ) -> None:
        self.n_clusters = n_clusters
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state
        self.bisecting_strategy = bisecting_strategy
        self.min_divisible_cluster_size = min_divisible_cluster_size

    def fit(self, points: np.ndarray, y: None = None) -> BisectingKMeans:
        """Grow the tree.

        Args:
            points: (n, d), standardised, n at least 1.
            y: ignored.

        Raises:
            ValueError: a parameter is out of its range.
        """
        self._check_parameters()
        smallest = self._smallest_divisible(len(points))
        nodes = [_node(points, points.mean(axis=0), node_id=1)]
        rows = {1: np.arange(len(points))}  # of the leaves
        divisible = {1}
        while len(rows) < self.n_clusters and divisible:
            leaf = max((nodes[node_id - 1] for node_id in divisible), key=self._priority)
            divisible.remove(leaf.node_id)
            centroids = self._divide(points[rows[leaf.node_id]]) if leaf.size >= smallest else None
            if centroids is None:
                continue
            members, split_order = rows.pop(leaf.node_id), len(rows) + 1
            sides, _ = nearest(points[members], centroids)
            nodes[leaf.node_id - 1] = divided = replace(leaf, split_order=split_order)
            for side, node_id in enumerate(divided.child_ids):
                rows[node_id] = members[sides == side]
                nodes.append(_node(points[rows[node_id]], centroids[side], node_id, leaf))
                divisible.add(node_id)
        self.tree_ = Tree(tuple(nodes))
        self.n_clusters_ = len(self.tree_.leaves)
        self.labels_ = self.tree_.walk(points)
        self.cluster_centers_ = self.tree_.centroids
        self.inertia_ = sum(leaf.inertia for leaf in self.tree_.leaves)
        return self

    def predict(self, points: np.ndarray) -> np.ndarray:
        """Return the leaf of each row, from 0, by walking the tree."""
        return self.tree_.walk(points)

    def _priority(self, leaf: Node) -> tuple[float, int]:
        """Return what is largest for the leaf that is divided next."""
        by_size = self.bisecting_strategy == "largest_cluster"
        return leaf.size if by_size else leaf.inertia, -leaf.node_id

    def _divide(self, points: np.ndarray) -> np.ndarray | None:
        """Return the centroids (2, d) of two sides; None where all rows would be on one."""
        if not np.ptp(points, axis=0).any():
            return None
        fitted = KMeans(
            2,
            n_init=self.n_init,
            max_iter=self.max_iter,
            tol=self.tol,
            random_state=self.random_state,
        ).fit(points)
        centroids = np.round(fitted.cluster_centers_, PARAMETER_DECIMALS) + 0.0
        centroids = centroids[canonical_order(centroids)]
        return centroids if np.ptp(nearest(points, centroids)[0]) else None

    def _smallest_divisible(self, count: int) -> int:
        """Return the fewest rows of a leaf that may be divided, of so many rows."""
        size = self.min_divisible_cluster_size
        # Rounded: .05 of 300 is 15, not the 15.000000000000002 of doubles.
        return math.ceil(size if size >= 1 else round(size * count, 9))

    def _check_parameters(self) -> None:
        """Refuse what no tree can be grown with."""
        if self.n_clusters < 1:
            raise ValueError(f"n_clusters must be at least 1, not {self.n_clusters!r}")
        if self.bisecting_strategy not in STRATEGIES:
            raise ValueError(
                f"bisecting_strategy must be one of {', '.join(STRATEGIES)}, "
                f"not {self.bisecting_strategy!r}"
            )
        if not self.min_divisible_cluster_size > 0:
            raise ValueError(
                "min_divisible_cluster_size must be above 0: customers from 1, a share below, "
                f"not {self.min_divisible_cluster_size!r}"
            )


@dataclass(frozen=True)
class Cut:
    """The first clusters of a tree; see `criteria.Clusters`.

    Attributes:
        tree: pruned to so many leaves, or fewer where it has no more.
        points: (n, d) it was fitted on.
        tol: of the fit.
    """

    tree: Tree
    points: np.ndarray
    tol: float

    @property
    def n_clusters(self) -> int:
        """Leaves."""
        return len(self.tree.leaves)

    @property
    def inertia_(self) -> float:
        """Sum of the inertias of the leaves."""
        return sum(leaf.inertia for leaf in self.tree.leaves)

    @cached_property
    def labels_(self) -> np.ndarray:
        """(n,) leaf of each row, from 0."""
        return self.tree.walk(self.points)

    def predict(self, points: np.ndarray) -> np.ndarray:
        """Return the leaf of each row, from 0."""
        return self.tree.walk(points)


@dataclass(frozen=True)
class BisectingAlgorithm:
    """Bisecting k-means; see `fitting.Algorithm`.

    Attributes:
        parameters: of `BisectingKMeans`, beside those that `fit` is given.
    """

    name = "bisecting_kmeans"
    documentation = (
        "Bisecting k-means begins with all customers and divides one segment at a time in two, by "
        "k-means with two clusters, until there are as many segments as wanted. Next is the "
        "segment with the largest sum of squared distances to its centroid (or with the most "
        "customers, by bisecting_strategy); one with fewer customers than "
        "min_divisible_cluster_size is not divided. The result is a tree (segment_splits), from "
        "which any smaller number of segments can be read. A customer is assigned by walking it: "
        "at each split to the side whose centroid is nearer. So the segment's centroid need not be "
        "the nearest of all. Each feature is first centred on its mean and divided by its "
        "standard deviation, so that all count alike. Segments are numbered along the tree: of "
        "each split, the side with the smaller first feature comes first."
    )

    parameters: Mapping[str, object]
    is_nearest_centroid: ClassVar[bool] = False

    def fit(
        self,
        points: np.ndarray,
        ks: Sequence[int],
        random_state: int,
        *,
        n_init: int,
        tol: float = 1e-4,
    ) -> dict[int, Cut]:
        """Grow one tree and read every number of clusters from it."""
        clusterer = BisectingKMeans(
            max(ks), n_init=n_init, tol=tol, random_state=random_state, **self.parameters
        )
        tree = clusterer.fit(points).tree_
        return {k: Cut(tree.pruned(k), points, tol) for k in ks}

    def segments(self, clusters: Cut) -> Tree:
        """Return the tree: its leaves are numbered and rounded already."""
        return clusters.tree


def fit_bisecting_segmentation(
    features: pd.DataFrame,
    *,
    feature_names: Sequence[str],
    raw_feature_names: Sequence[str] = (),
    k: int | Mapping[str, int] | None = None,
    default_k: int = 5,
    k_max: int = choosing_k.K_MAX,
    random_state: int = 0,
    max_iter: int = 300,
    bisecting_strategy: str = "biggest_inertia",
    min_divisible_cluster_size: float = 1.0,
    max_fit_rows: int = 100_000,
    max_criteria_rows: int = 5_000,
) -> pd.DataFrame:
    """Choose k, grow the tree, assign and describe, for each source system by itself.

    As `kmeans.fit_kmeans_segmentation`, by the same policy, with these differences: all candidates
    are read from one tree; there may be fewer segments than a fixed `k`, where no leaf is divisible
    any more; segments are numbered along the tree; nodes are recorded.

    Args:
        features: see `kmeans.fit_kmeans_segmentation`.
        feature_names: columns to cluster on; the first decides first which side of a split is 1.
        raw_feature_names: columns that the rule card speaks of; the features where empty.
        k: fixed number of segments, for all source systems or by name; None: chosen.
        default_k: the most segments that are cut where there is no structure.
        k_max: the largest k tried; a fixed k is tried in any case.
        random_state: seed of every fit and resample.
        max_iter: see `BisectingKMeans`.
        bisecting_strategy: see `BisectingKMeans`.
        min_divisible_cluster_size: see `BisectingKMeans`.
        max_fit_rows: most rows that the tree is grown on.
        max_criteria_rows: most rows that criteria are computed on.

    Returns:
        The long frame of `schema`. Empty, but typed, for a frame without rows.

    Raises:
        ValueError: as `kmeans.fit_kmeans_segmentation`; also for a parameter out of its range.
    """
    parameters = {
        "max_iter": max_iter,
        "bisecting_strategy": bisecting_strategy,
        "min_divisible_cluster_size": min_divisible_cluster_size,
    }
    return fit_segmentation(
        features,
        BisectingAlgorithm(parameters),
        feature_names=feature_names,
        raw_feature_names=raw_feature_names,
        k=k,
        default_k=default_k,
        k_max=k_max,
        random_state=random_state,
        max_fit_rows=max_fit_rows,
        max_criteria_rows=max_criteria_rows,
    )


def _node(
    points: np.ndarray, centroid: np.ndarray, node_id: int, parent: Node | None = None
) -> Node:
    """Return the node of these rows, still a leaf."""
    centroid = np.round(centroid, PARAMETER_DECIMALS) + 0.0
    return Node(
        node_id=node_id,
        parent_id=parent.node_id if parent else 0,
        depth=parent.depth + 1 if parent else 0,
        size=len(points),
        inertia=round(float(((points - centroid) ** 2).sum()), _INERTIA_DECIMALS),
        centroid=centroid,
    )
