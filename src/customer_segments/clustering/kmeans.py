"""Fit k-means per source system, number the segments, assign everybody, record it all.

What is published is what is used: labels come from the published mean, scale and centroids, so
that SQL gives the same label on every row. With `x` the feature (at most six decimals) as DOUBLE:

    distance  = round(sqrt(sum over features of ((x - mean) / scale - centroid) ** 2), 9)
    label     = segment_id of the smallest (distance, segment_id)

that is `arg_min(segment_id, (distance, segment_id))`. Distances equal to nine decimals are a tie,
which the smallest segment_id wins; so the order in which SQL adds up the squares does not matter.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import scipy
import sklearn
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score
from threadpoolctl import threadpool_limits

from customer_segments.clustering import choosing_k, criteria
from customer_segments.clustering.choosing_k import Choice, choose_k
from customer_segments.clustering.preparation import (
    FEATURE_DECIMALS,
    HASH_KEY,
    PARAMETER_DECIMALS,
    System,
    mean_and_scale,
    split_by_system,
)
from customer_segments.clustering.rule_card import rule_card
from customer_segments.clustering.schema import (
    CANDIDATE_NUMBERS,
    MODEL_NUMBERS,
    MODEL_TEXTS,
    Assignments,
    Records,
    assemble,
)

DISTANCE_DECIMALS = 9

ALGORITHM = "kmeans"
ALGORITHM_DOCUMENTATION = (
    "k-means puts every customer into the segment whose centroid (the mean customer of the "
    "segment) is nearest, and places the centroids so that the sum of squared distances is as "
    "small as it can find. Each feature is first centred on its mean and divided by its standard "
    "deviation, so that all count alike. Segments are therefore round and of similar width; they "
    "describe who is alike, not why. Segment 1 is the one with the smallest first feature."
)

_CHUNK = 262_144
_CRITERION_DECIMALS = 6


def fit_kmeans_segmentation(
    features: pd.DataFrame,
    *,
    feature_names: Sequence[str],
    raw_feature_names: Sequence[str] = (),
    k: int | Mapping[str, int] | None = None,
    previous_k: Mapping[str, int] | None = None,
    default_k: int = 5,
    k_max: int = choosing_k.K_MAX,
    random_state: int = 0,
    max_fit_rows: int = 100_000,
    max_criteria_rows: int = 5_000,
) -> pd.DataFrame:
    """Choose k, fit, assign and describe, for each source system by itself.

    The result depends on the set of rows, not on their order, nor on the number of threads. Above
    `max_fit_rows` customers the centroids are fitted on a sample drawn by a hash of the key, and
    all customers are assigned; the criteria are computed on at most `max_criteria_rows`. Means
    and scales are those of all customers.

    Segments are numbered 1..k by their centroids, compared feature by feature in the order of
    `feature_names`, smallest first: with recency first, segment 1 bought most recently.

    Args:
        features: one row per customer: `source_system`, `customer_id` (text), the features
            (transformed, rounded to six decimals) and the same measures in raw units; floats,
            nullable numbers or Decimals. A customer with a null feature is left out of the fit,
            gets no assignment, and is counted.
        feature_names: columns to cluster on, in the order that numbers the segments.
        raw_feature_names: columns that the rule card speaks of; the features where empty. Null is
            allowed.
        k: fixed number of segments, for all source systems or by name; None: chosen.
        previous_k: number in force by source system, kept while admissible.
        default_k: the most segments that are cut where there is no structure.
        k_max: the largest k tried; a fixed or previous k is tried in any case.
        random_state: seed of every fit and resample.
        max_fit_rows: most rows that centroids are fitted on.
        max_criteria_rows: most rows that criteria are computed on.

    Returns:
        The long frame of `schema`. Empty, but typed, for a frame without rows.

    Raises:
        ValueError: see `preparation.split_by_system`; also for a k below 1.
    """
    previous_k = previous_k or {}
    fixed = dict(k) if isinstance(k, Mapping) else {}
    for number in (
        default_k,
        k_max,
        *fixed.values(),
        *previous_k.values(),
        *([k] if _is_set(k) else []),
    ):
        if number is not None and (isinstance(number, bool) or number != int(number) or number < 1):
            raise ValueError(f"a number of segments must be a whole number from 1, not {number!r}")
    systems = split_by_system(features, feature_names, raw_feature_names)
    parameters = {
        "n_init": choosing_k.N_INIT,
        "init": "k-means++",
        "algorithm": "lloyd",
        "random_state": random_state,
        "default_k": default_k,
        "k_max": k_max,
        "max_fit_rows": max_fit_rows,
        "max_criteria_rows": max_criteria_rows,
        "feature_decimals": FEATURE_DECIMALS,
        "parameter_decimals": PARAMETER_DECIMALS,
        "hash_key": HASH_KEY,
        "features": list(feature_names),
    }
    records, assignments = [], []
    # More threads gain nothing at these sizes, and two on a busy machine cost up to ten times.
    with threadpool_limits(limits=1):
        for system in systems:
            collected, assigned = _fit_system(
                system,
                feature_names,
                raw_feature_names,
                k=fixed.get(system.source_system) if isinstance(k, Mapping) else k,
                previous_k=previous_k.get(system.source_system),
                parameters=parameters,
            )
            records.append(collected)
            assignments.append(assigned)
    return assemble(records, assignments)


def assign(
    features: np.ndarray, mean: np.ndarray, scale: np.ndarray, centroids: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest centroid of each row by the rule of this module.

    Args:
        features: (n, d).
        mean: (d,).
        scale: (d,), not zero.
        centroids: (k, d), standardised, row j for segment j + 1.

    Returns:
        Segment ids (n,) from 1, and distances (n,) in standardised units, nine decimals.
    """
    segment_ids = np.ones(len(features), dtype=np.int64)
    distances = np.empty(len(features))
    for start in range(0, len(features), _CHUNK):
        rows = slice(start, start + _CHUNK)
        points = (features[rows] - mean) / scale
        nearest = np.full(len(points), np.inf)
        label = np.ones(len(points), dtype=np.int64)
        for segment, centroid in enumerate(centroids, start=1):
            squared = np.zeros(len(points))
            for column, centre in zip(points.T, centroid, strict=True):
                squared += (column - centre) ** 2
            distance = _round_half_up(np.sqrt(squared))
            closer = distance < nearest
            nearest[closer] = distance[closer]
            label[closer] = segment
        segment_ids[rows], distances[rows] = label, nearest
    return segment_ids, distances


def canonical_order(centroids: np.ndarray) -> np.ndarray:
    """Return the order of clusters: rounded centroids, feature by feature, smallest first.

    Args:
        centroids: (k, d).

    Returns:
        (k,) positions; no two centroids of a fit are equal, so there is no tie.
    """
    return np.lexsort(np.round(centroids, FEATURE_DECIMALS).T[::-1])


def _fit_system(
    system: System,
    feature_names: Sequence[str],
    raw_feature_names: Sequence[str],
    *,
    k: int | None,
    previous_k: int | None,
    parameters: Mapping[str, object],
) -> tuple[Records, Assignments]:
    """Do everything for one source system; see `fit_kmeans_segmentation`."""
    random_state = int(parameters["random_state"])
    records = Records(system.source_system)
    count = len(system.customer_id)
    if not count:
        none = np.empty(0)
        _add_model(
            records,
            system,
            feature_names,
            parameters,
            {"k": 0, "has_structure": 0, "fit_row_count": 0, "criteria_row_count": 0},
            "no segment: no customer has every feature",
        )
        return records, Assignments(
            system.source_system, system.customer_id, none.astype(np.int64), none
        )

    mean, scale = mean_and_scale(system.features)
    fit_rows = system.sample(parameters["max_fit_rows"])
    fit_points = (system.features[fit_rows] - mean) / scale
    criteria_rows = system.sample(min(parameters["max_criteria_rows"], len(fit_rows)))
    small = len(criteria_rows) == len(fit_rows)
    points = fit_points if small else (system.features[criteria_rows] - mean) / scale
    choice = choose_k(
        points,
        fit_points,
        k=k,
        previous_k=previous_k,
        default_k=int(parameters["default_k"]),
        k_max=int(parameters["k_max"]),
        random_state=random_state,
    )
    fitted = choice.fits[choice.k] if small else choosing_k.fit(fit_points, choice.k, random_state)
    centroids = np.round(fitted.cluster_centers_, PARAMETER_DECIMALS) + 0.0
    centroids = centroids[canonical_order(centroids)]
    segment_ids, distances = assign(system.features, mean, scale, centroids)

    names = list(raw_feature_names) or list(feature_names)
    values = system.raw_features if raw_feature_names else system.features
    rules = rule_card(values, names, segment_ids, fit_rows, random_state)
    _add_model(
        records,
        system,
        feature_names,
        dict(parameters) | {"n_clusters": choice.k, "tol": fitted.tol},
        _model_numbers(choice, points, segment_ids, segment_ids[criteria_rows])
        | {
            "fit_row_count": len(fit_rows),
            "criteria_row_count": len(criteria_rows),
            "rule_fidelity": sum(rule.precision * rule.support for rule in rules) / count,
        },
        choice.why_k,
    )
    for candidate in choice.candidates:
        candidate_id = f"{ALGORITHM}_k{candidate.k:02d}"
        for name in CANDIDATE_NUMBERS:
            value = random_state if name == "seed" else getattr(candidate, name)
            records.add("candidate", name, _rounded(value), candidate_id=candidate_id)
        records.add("candidate", "reason", candidate.reason, candidate_id=candidate_id)
    for segment_id, centroid in enumerate(centroids, start=1):
        for position, feature in enumerate(feature_names):
            keys = {"segment_id": segment_id, "feature": feature}
            records.add("centroid", "mean", float(mean[position]), **keys)
            records.add("centroid", "scale", float(scale[position]), **keys)
            records.add("centroid", "centroid", float(centroid[position]), **keys)
            records.add("centroid", "feature_order", float(position + 1), **keys)
    for rule in rules:
        keys = {"segment_id": rule.segment_id, "text": rule.condition}
        records.add("rule", "precision", rule.precision, **keys)
        records.add("rule", "coverage", rule.coverage, **keys)
        records.add("rule", "support", float(rule.support), **keys)
    return records, Assignments(system.source_system, system.customer_id, segment_ids, distances)


def _model_numbers(
    choice: Choice, points: np.ndarray, segment_ids: np.ndarray, criteria_ids: np.ndarray
) -> dict[str, float]:
    """Return the criteria of the published labels; those that compare are absent for k = 1."""
    chosen = next(candidate for candidate in choice.candidates if candidate.chosen)
    labels = np.unique(criteria_ids, return_inverse=True)[1]
    numbers = {
        "k": choice.k,
        "has_structure": int(choice.has_structure),
        "structure_excess": choice.structure.excess,
        "structure_z": choice.structure.z,
        "stability": chosen.bootstrap_ari,
        "smallest_share": np.bincount(segment_ids, minlength=choice.k + 1)[1:].min()
        / len(segment_ids),
    }
    if 1 < labels.max() + 1 < len(points):
        numbers["silhouette"] = float(criteria.silhouettes(points, [labels])[0])
        numbers["davies_bouldin"] = davies_bouldin_score(points, labels)
        numbers["calinski_harabasz"] = calinski_harabasz_score(points, labels)
    return numbers


def _add_model(
    records: Records,
    system: System,
    feature_names: Sequence[str],
    parameters: Mapping[str, object],
    numbers: Mapping[str, float],
    why_k: str,
) -> None:
    """Record the model card."""
    counts = {
        "customer_count": len(system.customer_id),
        "unassigned_count": system.unassigned_count,
        "feature_count": len(feature_names),
    }
    for name in MODEL_NUMBERS:
        records.add("model", name, _rounded((dict(numbers) | counts).get(name)))
    versions = {"python": platform.python_version()} | {
        library.__name__: library.__version__ for library in (np, pd, scipy, sklearn)
    }
    texts = {
        "why_k": why_k,
        "algorithm": ALGORITHM,
        "algorithm_documentation": ALGORITHM_DOCUMENTATION,
        "parameters": json.dumps(parameters, sort_keys=True),
        "input_hash": system.input_hash(feature_names),
        "library_versions": json.dumps(versions, sort_keys=True),
    }
    for name in MODEL_TEXTS:
        records.add("model", name, texts[name])


def _is_set(k: int | Mapping[str, int] | None) -> bool:
    return k is not None and not isinstance(k, Mapping)


def _rounded(value: float | None) -> float | None:
    """Round a criterion to what is the same on any processor; None for one that does not exist."""
    return None if value is None or np.isnan(value) else round(float(value), _CRITERION_DECIMALS)


def _round_half_up(distance: np.ndarray) -> np.ndarray:
    """Round to nine decimals as SQL does: halves away from zero, unlike numpy."""
    scaled = distance * 10.0**DISTANCE_DECIMALS
    whole = np.floor(scaled)
    return (whole + (scaled - whole >= 0.5)) / 10.0**DISTANCE_DECIMALS
