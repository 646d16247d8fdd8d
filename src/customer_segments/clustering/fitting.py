"""Fit one algorithm per source system: choose k, number the segments, assign, describe, record.

What an algorithm has to bring along is `Algorithm`; everything else is the same for all of them.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
import scipy
import sklearn
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score
from threadpoolctl import threadpool_limits

from customer_segments.clustering import choosing_k, criteria
from customer_segments.clustering.assignment import assign
from customer_segments.clustering.choosing_k import Choice, choose_k
from customer_segments.clustering.criteria import Clusters, Fit
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

_CRITERION_DECIMALS = 6


class Segments(Protocol):
    """The segments of a fit as they are published.

    Attributes:
        centroids: (k, d), standardised, `PARAMETER_DECIMALS`, row j for segment j + 1.
    """

    centroids: np.ndarray

    def position_of(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the segment of each row, from 0, and the distance to its centroid."""

    def record(self, records: Records, feature_names: Sequence[str]) -> None:
        """Add what the centroids alone do not say, if anything."""


class Algorithm(Protocol):
    """What differs between clustering algorithms.

    Attributes:
        name: as in `segmentations.algorithm`.
        documentation: what it does, in words.
        parameters: what its result depends on beside the parameters that all share.
        fit: fits several numbers of clusters to the same points.
    """

    name: str
    documentation: str
    parameters: Mapping[str, object]
    fit: Fit

    def segments(self, clusters: Clusters) -> Segments:
        """Number the clusters and round what is published."""


def fit_segmentation(
    features: pd.DataFrame,
    algorithm: Algorithm,
    *,
    feature_names: Sequence[str],
    raw_feature_names: Sequence[str],
    k: int | Mapping[str, int] | None,
    previous_k: Mapping[str, int] | None = None,
    default_k: int,
    k_max: int,
    random_state: int,
    max_fit_rows: int,
    max_criteria_rows: int,
) -> pd.DataFrame:
    """Choose k, fit, assign and describe, for each source system by itself.

    The arguments are those of `kmeans.fit_kmeans_segmentation`, and so are the result and the
    errors.
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
    } | dict(algorithm.parameters)
    records, assignments = [], []
    # More threads gain nothing at these sizes, and two on a busy machine cost up to ten times.
    with threadpool_limits(limits=1):
        for system in systems:
            collected, assigned = _fit_system(
                system,
                algorithm,
                feature_names,
                raw_feature_names,
                k=fixed.get(system.source_system) if isinstance(k, Mapping) else k,
                previous_k=previous_k.get(system.source_system),
                parameters=parameters,
            )
            records.append(collected)
            assignments.append(assigned)
    return assemble(records, assignments)


def _fit_system(
    system: System,
    algorithm: Algorithm,
    feature_names: Sequence[str],
    raw_feature_names: Sequence[str],
    *,
    k: int | None,
    previous_k: int | None,
    parameters: Mapping[str, object],
) -> tuple[Records, Assignments]:
    """Do everything for one source system; see `fit_segmentation`."""
    random_state = int(parameters["random_state"])
    records = Records(system.source_system)
    count = len(system.customer_id)
    if not count:
        none = np.empty(0)
        _add_model(
            records,
            system,
            algorithm,
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
        fit=algorithm.fit,
    )
    fitted = choice.fits[choice.k]
    if not small:
        (fitted,) = choosing_k.fit_all(fit_points, [choice.k], random_state, algorithm.fit).values()
    segments = algorithm.segments(fitted)
    segment_ids, distances = assign(system.features, mean, scale, segments.position_of)

    names = list(raw_feature_names) or list(feature_names)
    values = system.raw_features if raw_feature_names else system.features
    rules = rule_card(values, names, segment_ids, fit_rows, random_state)
    _add_model(
        records,
        system,
        algorithm,
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
        candidate_id = f"{algorithm.name}_k{candidate.k:02d}"
        for name in CANDIDATE_NUMBERS:
            value = random_state if name == "seed" else getattr(candidate, name)
            records.add("candidate", name, _rounded(value), candidate_id=candidate_id)
        records.add("candidate", "reason", candidate.reason, candidate_id=candidate_id)
    for segment_id, centroid in enumerate(segments.centroids, start=1):
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
    segments.record(records, feature_names)
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
    algorithm: Algorithm,
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
        "algorithm": algorithm.name,
        "algorithm_documentation": algorithm.documentation,
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
