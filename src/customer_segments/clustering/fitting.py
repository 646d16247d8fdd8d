"""Fit one algorithm per source system: choose k, number the segments, assign, describe, record.

What an algorithm has to bring along is `Algorithm`; everything else is the same for all of them.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol

import numpy as np
import pandas as pd
import scipy
import sklearn
from threadpoolctl import threadpool_limits

from customer_segments.clustering import choosing_k
from customer_segments.clustering.assignment import assign, nearest
from customer_segments.clustering.choosing_k import Candidate, Choice, choose_k
from customer_segments.clustering.criteria import (
    Clusters,
    Fit,
    cluster_indices,
    silhouette_values,
    silhouettes,
)
from customer_segments.clustering.identity import (
    Event,
    Overlap,
    Past,
    births,
    events,
    identified,
    overlap,
    past_of,
    refuse_incomplete,
)
from customer_segments.clustering.preparation import (
    FEATURE_DECIMALS,
    HASH_KEY,
    PARAMETER_DECIMALS,
    System,
    mean_and_scale,
    split_by_system,
)
from customer_segments.clustering.rule_card import Rule, rule_card
from customer_segments.clustering.schema import (
    CANDIDATE_NUMBERS,
    CANDIDATE_TEXTS,
    EVENT_NUMBERS,
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
        centroids: (k, d), standardised, `PARAMETER_DECIMALS`, in the order of the segment ids.
    """

    centroids: np.ndarray

    def position_of(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the segment of each row, from 0, and the distance to its centroid."""

    def record(self, records: Records, feature_names: Sequence[str]) -> None:
        """Add what the centroids alone do not say, if anything."""


@dataclass(frozen=True)
class Centroids:
    """Segments that are nothing but centroids; see `Segments`."""

    centroids: np.ndarray

    def position_of(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the nearest centroid of each row, and the distance to it."""
        return nearest(points, self.centroids)

    def record(self, records: Records, feature_names: Sequence[str]) -> None:
        """Add nothing: the centroids say it all."""


class Algorithm(Protocol):
    """What differs between clustering algorithms.

    Attributes:
        name: as in `segmentations.algorithm`.
        documentation: what it does, in words.
        parameters: what its result depends on beside the parameters that all share.
        is_nearest_centroid: whether a segment is where its centroid is the nearest; only then are
            the segments of an earlier model recognised.
        fit: fits several numbers of clusters to the same points.
    """

    name: str
    documentation: str
    parameters: Mapping[str, object]
    is_nearest_centroid: bool
    fit: Fit

    def segments(self, clusters: Clusters) -> Segments:
        """Number the clusters and round what is published."""


@dataclass(frozen=True)
class Standardised:
    """The customers of one source system, standardised, and the rows that are looked at.

    Attributes:
        system: the customers.
        mean: (d,), of all customers.
        scale: (d,), of all customers.
        fit_rows: (m,) positions that are fitted on.
        fit_points: (m, d).
        criteria_rows: (c,) positions, all of them in fit_rows.
        points: (c, d); `fit_points` itself where these are all of them.
    """

    system: System
    mean: np.ndarray
    scale: np.ndarray
    fit_rows: np.ndarray
    fit_points: np.ndarray
    criteria_rows: np.ndarray
    points: np.ndarray


@dataclass(frozen=True)
class Card:
    """What the model card says beside its numbers.

    Attributes:
        algorithm: name.
        space: what was clustered.
        documentation: the algorithm in words.
        parameters: everything that the result depends on, beside the input.
        why_k: in words.
        libraries: whose versions are recorded, beside those that all fits use.
    """

    algorithm: str
    space: str
    documentation: str
    parameters: Mapping[str, object]
    why_k: str
    libraries: Sequence[ModuleType] = ()
    previous_model_id: str | None = None


@dataclass(frozen=True)
class Succession:
    """The customers of a fit, placed by the model before it.

    Attributes:
        past: what the fit knows of the models before it.
        data: the customers, standardised by the new model.
        previous_labels: (n,) segments of the model before, 0 for none; empty without one.
    """

    past: Past
    data: Standardised
    previous_labels: np.ndarray

    @classmethod
    def of(cls, past: Past, data: Standardised) -> Succession:
        """Place the customers by the model before, if there is one."""
        model = past.model
        return cls(past, data, model.place(data.system.features) if model else np.empty(0))

    def number(self, centroids: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """Return the ids of new segments, whose order is canonical.

        Args:
            centroids: (k, d), standardised.
            positions: (n,) of the customers' segments, from 0; -1 is none.
        """
        canonical = np.arange(1, len(centroids) + 1)
        if self.past.model is None:
            return canonical + self.past.largest_segment_id
        found = self._overlap(centroids, canonical, positions + 1)
        return identified(found, self.past.largest_segment_id)

    def events(
        self, centroids: np.ndarray, segment_ids: np.ndarray, labels: np.ndarray
    ) -> list[Event]:
        """Return what became of the segments.

        Args:
            centroids: (k, d), standardised, in the order of the ids.
            segment_ids: (k,) ascending.
            labels: (n,) ids of the customers' segments; 0 is none.
        """
        if self.past.model is None:
            return list(births(segment_ids, labels))
        return list(events(self._overlap(centroids, segment_ids, labels), segment_ids))

    def _overlap(
        self, centroids: np.ndarray, segment_ids: np.ndarray, labels: np.ndarray
    ) -> Overlap:
        model = self.past.model
        distances = model.distances_to(centroids, self.data.mean, self.data.scale)
        return overlap(model, self.previous_labels, labels, segment_ids, distances)


def fit_segmentation(
    features: pd.DataFrame,
    algorithm: Algorithm,
    *,
    feature_names: Sequence[str],
    raw_feature_names: Sequence[str],
    k: int | Mapping[str, int] | None,
    default_k: int,
    k_max: int,
    random_state: int,
    max_fit_rows: int,
    max_criteria_rows: int,
    earlier_models: pd.DataFrame | None = None,
    keep_k: bool = True,
) -> pd.DataFrame:
    """Choose k, fit, assign and describe, for each source system by itself.

    The arguments are those of `kmeans.fit_kmeans_segmentation`, and so are the result and the
    errors.
    """
    refuse_impossible_k(k, default_k, k_max)
    refuse_incomplete(earlier_models)
    systems = split_by_system(features, feature_names, raw_feature_names)
    parameters = shared_parameters(
        feature_names, default_k, k_max, random_state, max_fit_rows, max_criteria_rows
    ) | dict(algorithm.parameters)
    records, assignments = [], []
    # More threads gain nothing at these sizes, and two on a busy machine cost up to ten times.
    with threadpool_limits(limits=1):
        for system in systems:
            collected, assigned = _fit_system(
                system,
                algorithm,
                feature_names,
                raw_feature_names,
                k=k_of(k, system.source_system),
                past=past_of(earlier_models, system.source_system, feature_names),
                keep_k=keep_k,
                parameters=parameters,
            )
            records.append(collected)
            assignments.append(assigned)
    return assemble(records, assignments)


def refuse_impossible_k(k: int | Mapping[str, int] | None, *others: int | None) -> None:
    """Raise where a number of segments is none.

    Args:
        k: for all source systems, or by name.
        others: more numbers of segments.

    Raises:
        ValueError: one of them is not a whole number from 1.
    """
    for number in (*(k.values() if isinstance(k, Mapping) else [k]), *others):
        if number is not None and (isinstance(number, bool) or number != int(number) or number < 1):
            raise ValueError(f"a number of segments must be a whole number from 1, not {number!r}")


def k_of(k: int | Mapping[str, int] | None, source_system: str) -> int | None:
    """Return the k that the user fixed for a source system, if any."""
    return k.get(source_system) if isinstance(k, Mapping) else k


def parameters_after(
    parameters: Mapping[str, object], past: Past, k: int | None
) -> dict[str, object]:
    """Return what the result depends on, with the model before it and the k that is fixed."""
    more: dict[str, object] = {} if k is None else {"fixed_k": k}
    if past.model:
        # The same data numbered after another model are another model.
        more["previous_model_id"] = past.model.model_id
    return dict(parameters) | more


def previous_k(
    past: Past, parameters: Mapping[str, object], keep_k: bool
) -> tuple[int | None, str]:
    """Return the k of the model before, where it may be kept, and why not, where not.

    A k is kept only if it was chosen by the settings of today: who changes them, or fixes a k no
    more, wants another choice.

    Args:
        past: what the fit knows of the models before it.
        parameters: of this fit, `parameters_after`.
        keep_k: as the user wants.
    """
    if past.model is None or "fixed_k" in parameters:
        return None, ""
    k, before = len(past.model.segment_ids), past.model.parameters
    if not keep_k:
        return None, f"the previous k = {k} is not kept, as keep_k says; "
    for name in ("fixed_k", "default_k", "k_max"):
        if before and before.get(name) != parameters.get(name):
            return None, f"the previous k = {k} is not kept: another {name} chose it; "
    return k, ""


def shared_parameters(
    feature_names: Sequence[str],
    default_k: int,
    k_max: int,
    random_state: int,
    max_fit_rows: int,
    max_criteria_rows: int,
) -> dict[str, object]:
    """Return what every model card names among its parameters."""
    return {
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


def standardised(system: System, max_fit_rows: int, max_criteria_rows: int) -> Standardised:
    """Standardise the customers of a source system, at least one, and draw the samples."""
    mean, scale = mean_and_scale(system.features)
    fit_rows = system.sample(max_fit_rows)
    fit_points = (system.features[fit_rows] - mean) / scale
    criteria_rows = system.sample(min(max_criteria_rows, len(fit_rows)))
    small = len(criteria_rows) == len(fit_rows)
    points = fit_points if small else (system.features[criteria_rows] - mean) / scale
    return Standardised(system, mean, scale, fit_rows, fit_points, criteria_rows, points)


def without_customers(
    system: System, card: Card, feature_names: Sequence[str]
) -> tuple[Records, Assignments]:
    """Return the model card of a source system in which no customer has every feature."""
    records = Records(system.source_system)
    numbers = {"k": 0, "has_structure": 0, "fit_row_count": 0, "criteria_row_count": 0}
    record_model(records, system, card, feature_names, numbers)
    none = np.empty(0)
    return records, Assignments(
        system.source_system, system.customer_id, none.astype(np.int64), none
    )


NO_CUSTOMERS = "no segment: no customer has every feature"


def label_criteria(points: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Return the criteria of labels; none where they do not compare clusters.

    Args:
        points: (n, d).
        labels: (n,) integers; below 0 is noise, which is left out.

    Returns:
        silhouette, davies_bouldin, calinski_harabasz.
    """
    clustered = labels >= 0
    points, labels = points[clustered], np.unique(labels[clustered], return_inverse=True)[1]
    if not 1 < len(np.unique(labels)) < len(labels):
        return {}
    davies_bouldin, calinski_harabasz = cluster_indices(points, labels)
    return {
        "silhouette": float(silhouettes(points, [labels])[0]),
        "davies_bouldin": davies_bouldin,
        "calinski_harabasz": calinski_harabasz,
    }


def structure_numbers(choice: Choice) -> dict[str, float]:
    """Return what the model card says about structure."""
    return {
        "has_structure": int(choice.has_structure),
        "structure_excess": choice.structure.excess,
        "structure_z": choice.structure.z,
    }


def candidate_numbers(candidate: Candidate, random_state: int) -> dict[str, float]:
    """Return the numbers of a candidate that was fitted on the standardised features."""
    numbers = {name: getattr(candidate, name, None) for name in CANDIDATE_NUMBERS}
    return numbers | {
        "seed": random_state,
        "space_silhouette": candidate.silhouette,
        "space_davies_bouldin": candidate.davies_bouldin,
        "cluster_count": candidate.k,
        "noise_share": 0.0,
    }


def record_model(
    records: Records,
    system: System,
    card: Card,
    feature_names: Sequence[str],
    numbers: Mapping[str, float],
) -> None:
    """Record the model card; numbers that do not exist are null."""
    counts = {
        "customer_count": len(system.customer_id),
        "unassigned_count": system.unassigned_count,
        "feature_count": len(feature_names),
    }
    for name in MODEL_NUMBERS:
        records.add("model", name, _rounded((dict(numbers) | counts).get(name)))
    versions = {"python": platform.python_version()} | {
        library.__name__: library.__version__
        for library in (np, pd, scipy, sklearn, *card.libraries)
    }
    texts = {
        "why_k": card.why_k,
        "algorithm": card.algorithm,
        "space": card.space,
        "algorithm_documentation": card.documentation,
        "parameters": json.dumps(card.parameters, sort_keys=True),
        "input_hash": system.input_hash(feature_names),
        "library_versions": json.dumps(versions, sort_keys=True),
        "previous_model_id": card.previous_model_id,
    }
    for name in MODEL_TEXTS:
        records.add("model", name, texts[name])


def record_candidate(
    records: Records,
    candidate_id: str,
    numbers: Mapping[str, float | None],
    texts: Mapping[str, str],
) -> None:
    """Record one candidate; numbers that do not exist are null, texts are all given."""
    for name in CANDIDATE_NUMBERS:
        records.add("candidate", name, _rounded(numbers.get(name)), candidate_id=candidate_id)
    for name in CANDIDATE_TEXTS:
        records.add("candidate", name, texts[name], candidate_id=candidate_id)


def record_segments(records: Records, points: np.ndarray, segment_ids: np.ndarray) -> None:
    """Record how well each segment is told from the others.

    Args:
        records: where to.
        points: (n, d), standardised criteria rows.
        segment_ids: (n,) of the same rows; 0 is noise.
    """
    found, labels = np.unique(segment_ids[segment_ids > 0], return_inverse=True)
    if 1 < len(found) < len(labels):
        (values,) = silhouette_values(points[segment_ids > 0], [labels])
        for position, segment_id in enumerate(found):
            value = _rounded(values[labels == position].mean())
            records.add("segment", "silhouette", value, segment_id=int(segment_id))


def record_centroids(
    records: Records,
    feature_names: Sequence[str],
    mean: np.ndarray,
    scale: np.ndarray,
    centroids: np.ndarray,
    segment_ids: np.ndarray,
) -> None:
    """Record what SQL needs to assign customers; row j of the centroids is segment_ids[j]."""
    for segment_id, centroid in zip(segment_ids, centroids, strict=True):
        for position, feature in enumerate(feature_names):
            keys = {"segment_id": int(segment_id), "feature": feature}
            records.add("centroid", "mean", float(mean[position]), **keys)
            records.add("centroid", "scale", float(scale[position]), **keys)
            records.add("centroid", "centroid", float(centroid[position]), **keys)
            records.add("centroid", "feature_order", float(position + 1), **keys)


def record_rules(records: Records, rules: Sequence[Rule]) -> None:
    """Record the rule card."""
    for rule in rules:
        keys = {"segment_id": rule.segment_id, "text": rule.condition}
        records.add("rule", "precision", rule.precision, **keys)
        records.add("rule", "coverage", rule.coverage, **keys)
        records.add("rule", "support", float(rule.support), **keys)


def record_events(records: Records, found: Sequence[Event]) -> None:
    """Record what became of the segments of the model before."""
    for event in found:
        keys = {
            "segment_id": event.segment_id,
            "previous_segment_id": event.previous_segment_id,
            "text": event.event,
        }
        for name in EVENT_NUMBERS:
            records.add("event", name, getattr(event, name), **keys)


def smallest_share(labels: np.ndarray, segment_ids: np.ndarray) -> float:
    """Return the share of the smallest segment, of all customers.

    Args:
        labels: (n,) ids; n at least 1.
        segment_ids: (k,) of all segments.
    """
    return min(np.count_nonzero(labels == segment_id) for segment_id in segment_ids) / len(labels)


def rule_fidelity(rules: Sequence[Rule]) -> float:
    """Return the share of customers whose rule names the segment they are in."""
    return sum(rule.precision * rule.support for rule in rules) / sum(
        rule.support for rule in rules
    )


def _fit_system(
    system: System,
    algorithm: Algorithm,
    feature_names: Sequence[str],
    raw_feature_names: Sequence[str],
    *,
    k: int | None,
    past: Past,
    keep_k: bool,
    parameters: Mapping[str, object],
) -> tuple[Records, Assignments]:
    """Do everything for one source system; see `fit_segmentation`."""
    random_state = int(parameters["random_state"])
    parameters = parameters_after(parameters, past, k)
    kept_k, not_kept = previous_k(past, parameters, keep_k)
    if not len(system.customer_id):
        card = Card(algorithm.name, "scaled", algorithm.documentation, parameters, NO_CUSTOMERS)
        return without_customers(system, card, feature_names)

    data = standardised(system, parameters["max_fit_rows"], parameters["max_criteria_rows"])
    choice = choose_k(
        data.points,
        data.fit_points,
        k=k,
        previous_k=kept_k,
        default_k=int(parameters["default_k"]),
        k_max=int(parameters["k_max"]),
        random_state=random_state,
        fit=algorithm.fit,
    )
    fitted = choice.fits[choice.k]
    if data.points is not data.fit_points:
        (fitted,) = choosing_k.fit_all(
            data.fit_points, [choice.k], random_state, algorithm.fit
        ).values()
    segments = algorithm.segments(fitted)
    ids = np.arange(1, len(segments.centroids) + 1)
    succession = Succession.of(past, data)
    if algorithm.is_nearest_centroid:
        labels, _ = assign(system.features, data.mean, data.scale, segments.position_of)
        ids = succession.number(segments.centroids, labels - 1)
        segments, ids = Centroids(segments.centroids[np.argsort(ids)]), np.sort(ids)
    segment_ids, distances = assign(
        system.features, data.mean, data.scale, segments.position_of, ids
    )

    names = list(raw_feature_names) or list(feature_names)
    values = system.raw_features if raw_feature_names else system.features
    rules = rule_card(values, names, segment_ids, data.fit_rows, random_state)
    criteria_ids = segment_ids[data.criteria_rows]
    numbers = structure_numbers(choice) | label_criteria(data.points, criteria_ids - 1)
    numbers |= {
        "k": choice.k,
        "stability": next(c.bootstrap_ari for c in choice.candidates if c.chosen),
        "smallest_share": smallest_share(segment_ids, ids),
        "fit_row_count": len(data.fit_rows),
        "criteria_row_count": len(data.criteria_rows),
        "rule_fidelity": rule_fidelity(rules),
        "is_nearest_centroid": int(algorithm.is_nearest_centroid),
    }
    card = Card(
        algorithm.name,
        "scaled",
        algorithm.documentation,
        parameters | {"n_clusters": choice.k, "tol": fitted.tol},
        not_kept + choice.why_k,
        previous_model_id=past.model.model_id if past.model else None,
    )
    records = Records(system.source_system)
    record_model(records, system, card, feature_names, numbers)
    for candidate in choice.candidates:
        record_candidate(
            records,
            f"{algorithm.name}_k{candidate.k:02d}",
            candidate_numbers(candidate, random_state),
            {
                "algorithm": algorithm.name,
                "space": "scaled",
                "parameters": "{}",
                "facts": "{}",
                "reason": candidate.reason,
            },
        )
    record_segments(records, data.points, criteria_ids)
    record_centroids(records, feature_names, data.mean, data.scale, segments.centroids, ids)
    record_rules(records, rules)
    segments.record(records, feature_names)
    if algorithm.is_nearest_centroid:
        record_events(records, succession.events(segments.centroids, ids, segment_ids))
    return records, Assignments(system.source_system, system.customer_id, segment_ids, distances)


def _rounded(value: float | None) -> float | None:
    """Round a criterion to what is the same on any processor; None for one that does not exist."""
    return None if value is None or np.isnan(value) else round(float(value), _CRITERION_DECIMALS)
