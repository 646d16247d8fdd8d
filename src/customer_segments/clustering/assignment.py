"""Who belongs where: distances to published centroids, and the nearest of them.

What is published is what is used: labels come from the published mean, scale and centroids, so
that SQL gives the same label on every row. With `x` the feature (at most six decimals) as DOUBLE:

    distance  = round(sqrt(sum over features of ((x - mean) / scale - centroid) ** 2), 9)
    label     = segment_id of the smallest (distance, segment_id)

that is `arg_min(segment_id, (distance, segment_id))`. Distances equal to nine decimals are a tie,
which the smallest segment_id wins; so the order in which SQL adds up the squares does not matter.
A tree of segments asks the same of the two sides of each split.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from customer_segments.clustering.preparation import FEATURE_DECIMALS

DISTANCE_DECIMALS = 9

_CHUNK = 262_144


def assign(
    features: np.ndarray,
    mean: np.ndarray,
    scale: np.ndarray,
    position_of: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    segment_ids: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the segment of each row by the rule of this module.

    Args:
        features: (n, d).
        mean: (d,).
        scale: (d,), not zero.
        position_of: from standardised rows to the position of their segment, from 0, and the
            distance to its centroid.
        segment_ids: (k,) ids of the positions, ascending, so that on a tie the smallest id wins;
            None: from 1.

    Returns:
        Segment ids (n,), and distances (n,) in standardised units, nine decimals.
    """
    labels = np.empty(len(features), dtype=np.int64)
    distances = np.empty(len(features))
    for start in range(0, len(features), _CHUNK):
        rows = slice(start, start + _CHUNK)
        positions, distances[rows] = position_of((features[rows] - mean) / scale)
        labels[rows] = positions + 1 if segment_ids is None else segment_ids[positions]
    return labels, distances


def nearest(points: np.ndarray, centroids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest centroid of each row; on a tie the first.

    Args:
        points: (n, d), standardised.
        centroids: (k, d), standardised.

    Returns:
        Positions (n,) from 0, and distances (n,), nine decimals.
    """
    positions = np.zeros(len(points), dtype=np.int64)
    distances = np.full(len(points), np.inf)
    for position, centroid in enumerate(centroids):
        distance = distance_to(points, centroid)
        closer = distance < distances
        distances[closer] = distance[closer]
        positions[closer] = position
    return positions, distances


def distance_to(points: np.ndarray, centroid: np.ndarray) -> np.ndarray:
    """Return the distance of each row to one centroid, nine decimals.

    Args:
        points: (n, d), standardised.
        centroid: (d,), standardised.
    """
    squared = np.zeros(len(points))
    for column, centre in zip(points.T, centroid, strict=True):
        squared += (column - centre) ** 2
    return _round_half_up(np.sqrt(squared))


def canonical_order(centroids: np.ndarray) -> np.ndarray:
    """Return the order of clusters: rounded centroids, feature by feature, smallest first.

    Args:
        centroids: (k, d).

    Returns:
        (k,) positions; no two centroids of a fit are equal, so there is no tie.
    """
    return np.lexsort(np.round(centroids, FEATURE_DECIMALS).T[::-1])


def _round_half_up(distance: np.ndarray) -> np.ndarray:
    """Round to nine decimals as SQL does: halves away from zero, unlike numpy."""
    scaled = distance * 10.0**DISTANCE_DECIMALS
    whole = np.floor(scaled)
    return (whole + (scaled - whole >= 0.5)) / 10.0**DISTANCE_DECIMALS
