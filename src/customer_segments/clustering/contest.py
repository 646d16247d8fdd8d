"""A contest: elaborate methods against k-means on the plain features, decided by one policy.

An embedding looks best in the space it made, so nobody wins there. Every method is measured in the
standardised features, beside k-means on these with as many clusters:

1. The baseline is k-means on the standardised features, its k chosen as in `choosing_k`.
2. A contender replaces it only where
   a. no cluster is too small (`choosing_k`), and at most 10 % of the customers are noise;
   b. it is stable: its seeds agree with each other, and so do fits on the same rows in another
      order and with noise of 1e-6, at a mean adjusted Rand index of 0.75 or more, as far as tried;
   c. it has at least as many clusters as the baseline (exactly as many, where the user fixed k);
   d. its silhouette in the standardised features, mean of its seeds, is at least 0.02 above that of
      k-means with as many clusters.
   Of several the one with the largest gain wins.

Noise is left out of silhouettes, which flatters whoever calls the difficult customers noise; so
the share of noise stands beside them.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from types import ModuleType

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from customer_segments.clustering import choosing_k
from customer_segments.clustering.assignment import (
    assign,
    canonical_order,
    distance_to,
    nearest,
)
from customer_segments.clustering.choosing_k import (
    SMALLEST_SHARE,
    SMALLEST_SIZE,
    Candidate,
    Choice,
    choose_k,
    fit_all,
)
from customer_segments.clustering.criteria import bootstrap_aris, cluster_indices, silhouettes
from customer_segments.clustering.fitting import (
    NO_CUSTOMERS,
    Card,
    Standardised,
    Succession,
    candidate_numbers,
    k_of,
    label_criteria,
    parameters_after,
    previous_k,
    record_candidate,
    record_centroids,
    record_events,
    record_model,
    record_rules,
    record_segments,
    refuse_impossible_k,
    rule_fidelity,
    shared_parameters,
    smallest_share,
    standardised,
    structure_numbers,
    without_customers,
)
from customer_segments.clustering.identity import Past, past_of, refuse_incomplete
from customer_segments.clustering.kmeans import KMeansAlgorithm
from customer_segments.clustering.preparation import (
    PARAMETER_DECIMALS,
    System,
    split_by_system,
)
from customer_segments.clustering.rule_card import rule_card
from customer_segments.clustering.schema import (
    CANDIDATE_NUMBERS,
    Assignments,
    Records,
    assemble,
)

SEARCHES = ("none", "chosen", "full")
"""What a contest tries: the baseline alone, also the published method, everything."""

SMALLEST_GAIN = 0.02
STABLE = 0.75
LARGEST_NOISE_SHARE = 0.1
REFIT_NOISE = 1e-6

_CRITERIA_ROWS = 5_000
"""Most rows that k of the baseline is chosen on, as for every other segmentation."""

_LABELINGS_AT_ONCE = 400


@dataclass(frozen=True)
class Contender:
    """A method tried on the fitted customers, with its result.

    Attributes:
        algorithm: kmeans, kmedoids, gaussian_mixture, dbscan, hdbscan, agglomerative, spectral ...
        space: what was clustered: scaled, pca, umap, autoencoder ...
        points: (n, p) coordinates in that space; the same object for contenders that share them.
        labels: (n,) integers from 0; -1 is noise.
        k: clusters asked for; None where the algorithm finds the number.
        seed: of everything random in it; None where nothing is.
        parameters: what else it depends on; json.
        refit: from an order of the rows (n,) and the deviation of normal noise on the standardised
            input to the labels of a whole new fit, in the original order; None where not tried.
        notes: further numbers that the method gives; json.
    """

    algorithm: str
    space: str
    points: np.ndarray
    labels: np.ndarray
    k: int | None = None
    seed: int | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    refit: Callable[[np.ndarray, float], np.ndarray] | None = None
    notes: Mapping[str, object] = field(default_factory=dict)

    @property
    def method(self) -> tuple[str, str, int, str]:
        """What contenders that differ by their seed alone have in common."""
        return (
            self.algorithm,
            self.space,
            self.k or 0,
            json.dumps(dict(self.parameters), sort_keys=True),
        )


Contenders = Callable[[System, np.ndarray, int], Iterable[Contender]]
"""From the fitted customers, their standardised features (n, d) and a seed to the contenders."""


@dataclass(frozen=True)
class Judged:
    """A contender and its criteria (units: `schema.CANDIDATE_NUMBERS`); NaN where not known."""

    contender: Contender
    cluster_count: int
    noise_share: float
    smallest_share: float
    smallest_size: int
    silhouette: float = math.nan
    davies_bouldin: float = math.nan
    calinski_harabasz: float = math.nan
    space_silhouette: float = math.nan
    space_davies_bouldin: float = math.nan
    bootstrap_ari: float = math.nan
    seed_ari: float = math.nan
    order_ari: float = math.nan
    noise_ari: float = math.nan

    @property
    def inadmissible(self) -> str:
        """Why it cannot be a segmentation, in words; empty where it can."""
        if self.cluster_count < 2:
            return f"{self.cluster_count} clusters"
        if self.smallest_share < SMALLEST_SHARE or self.smallest_size < SMALLEST_SIZE:
            return Candidate(
                self.cluster_count, math.nan, self.smallest_share, self.smallest_size
            ).too_small
        if self.noise_share > LARGEST_NOISE_SHARE:
            return f"{self.noise_share:.1%} of the customers are noise, above 10 %"
        return ""

    @property
    def admissible(self) -> bool:
        """Whether no cluster is too small, and not too many customers are noise."""
        return not self.inadmissible

    @property
    def stability(self) -> float:
        """What the model card shows: agreement of resamples, else of seeds, else of orders."""
        known = (self.bootstrap_ari, self.seed_ari, self.order_ari)
        return next((ari for ari in known if not math.isnan(ari)), math.nan)

    @property
    def unstable(self) -> str:
        """Why it is not stable, in words; empty where it is."""
        if self.contender.seed is not None and math.isnan(self.seed_ari):
            return "a single seed says nothing about stability"
        agreements = {
            "its seeds agree": self.seed_ari,
            "fits in another order of rows agree": self.order_ari,
            "fits with noise of 1e-6 agree": self.noise_ari,
        }
        for words, ari in agreements.items():
            if ari < STABLE:
                return f"{words} at an adjusted Rand index of {ari:.3f} only, below {STABLE}"
        return ""


@dataclass(frozen=True)
class Verdict:
    """What the policy decides.

    Attributes:
        winner: position among the judged; None where the baseline stays.
        why: in words.
        reasons: one for each of the judged.
    """

    winner: int | None
    why: str
    reasons: tuple[str, ...]


def fit_contest(
    features: pd.DataFrame,
    contenders: Contenders,
    *,
    feature_names: Sequence[str],
    raw_feature_names: Sequence[str] = (),
    k: int | Mapping[str, int] | None = None,
    default_k: int = 5,
    k_max: int = choosing_k.K_MAX,
    random_state: int = 0,
    documentation: str,
    parameters: Mapping[str, object] | None = None,
    libraries: Sequence[ModuleType] = (),
    max_fit_rows: int = 20_000,
    earlier_models: pd.DataFrame | None = None,
    keep_k: bool = True,
    log: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Hold the contest and describe the winner, for each source system by itself.

    Args:
        features: see `kmeans.fit_kmeans_segmentation`.
        contenders: the methods that k-means on the standardised features is held against; not
            asked where there are fewer customers than two segments need.
        feature_names: columns to cluster on; the first decides first which segment is 1.
        raw_feature_names: columns that the rule card speaks of; the features where empty.
        k: fixed number of segments, for all source systems or by name; None: chosen.
        default_k: the most segments that are cut where there is no structure.
        k_max: the largest k of the baseline tried; a fixed k is tried in any case.
        random_state: seed of everything.
        documentation: of the segmentation, in words, before what is said of the winner.
        parameters: what the contenders depend on.
        libraries: whose versions the model card has, beside those that all fits use.
        max_fit_rows: most customers that take part; the others get the nearest centroid.
        earlier_models: see `kmeans.fit_kmeans_segmentation`.
        keep_k: of the baseline; see there.
        log: where to say how far it is.

    Returns:
        The long frame of `schema`. Empty, but typed, for a frame without rows.

    Raises:
        ValueError: as `kmeans.fit_kmeans_segmentation`.
    """
    refuse_impossible_k(k, default_k, k_max)
    refuse_incomplete(earlier_models)
    settings = shared_parameters(
        feature_names, default_k, k_max, random_state, max_fit_rows, _CRITERIA_ROWS
    ) | {
        "smallest_gain": SMALLEST_GAIN,
        "stable": STABLE,
        "largest_noise_share": LARGEST_NOISE_SHARE,
        "refit_noise": REFIT_NOISE,
    }
    card = Card(
        "kmeans",
        "scaled",
        documentation,
        settings | dict(parameters or {}),
        NO_CUSTOMERS,
        libraries,
    )
    records, assignments = [], []
    with threadpool_limits(limits=1):
        for system in split_by_system(features, feature_names, raw_feature_names):
            collected, assigned = _fit_system(
                system,
                contenders,
                card,
                feature_names,
                raw_feature_names,
                k=k_of(k, system.source_system),
                past=past_of(earlier_models, system.source_system, feature_names),
                keep_k=keep_k,
                log=log or (lambda words: None),
            )
            records.append(collected)
            assignments.append(assigned)
    return assemble(records, assignments)


def refuse_unknown_search(candidate_search: str) -> None:
    """Raise ValueError where it is none of `SEARCHES`."""
    if candidate_search not in SEARCHES:
        raise ValueError(
            f"candidate_search must be one of {', '.join(SEARCHES)}, not {candidate_search!r}"
        )


def judge(
    points: np.ndarray,
    contenders: Sequence[Contender],
    random_state: int,
    log: Callable[[str], None] = lambda words: None,
) -> list[Judged]:
    """Compute the criteria of contenders, in their own space and in the standardised features.

    Args:
        points: (n, d), standardised features of the rows that the labels are of.
        contenders: any number.
        random_state: of resamples, orders and noise.
        log: where to say how far it is.
    """
    contenders = [replace(one, labels=_numbered(one.labels)) for one in contenders]
    plain = _silhouettes(points, [one.labels for one in contenders])
    spaces, methods = defaultdict(list), defaultdict(list)
    for position, one in enumerate(contenders):
        spaces[id(one.points)].append(position)
        methods[one.method].append(position)
    own, seed_ari = np.full((2, len(contenders)), math.nan)
    for positions in spaces.values():
        labelings = [contenders[position].labels for position in positions]
        own[positions] = _silhouettes(contenders[positions[0]].points, labelings)
    for positions in methods.values():
        if len(positions) > 1:
            pairs = combinations([contenders[position].labels for position in positions], 2)
            seed_ari[positions] = np.mean([adjusted_rand_score(*pair) for pair in pairs])
    log(f"{len(contenders)} candidates of {len(methods)} methods measured in {len(spaces)} spaces")
    bootstrap_ari = _bootstrap_aris(
        contenders, [positions[0] for positions in methods.values()], random_state
    )
    judged = []
    for position, one in enumerate(contenders):
        sizes = np.bincount(one.labels[one.labels >= 0], minlength=1)
        davies_bouldin, calinski_harabasz = cluster_indices(points, one.labels)
        order_ari, noise_ari = _refit_aris(one, random_state)
        judged.append(
            Judged(
                one,
                cluster_count=int(one.labels.max()) + 1,
                noise_share=float((one.labels < 0).mean()),
                smallest_share=float(sizes.min() / len(one.labels)),
                smallest_size=int(sizes.min()),
                silhouette=float(plain[position]),
                davies_bouldin=davies_bouldin,
                calinski_harabasz=calinski_harabasz,
                space_silhouette=float(own[position]),
                space_davies_bouldin=cluster_indices(one.points, one.labels)[0],
                bootstrap_ari=bootstrap_ari.get(position, math.nan),
                seed_ari=float(seed_ari[position]),
                order_ari=order_ari,
                noise_ari=noise_ari,
            )
        )
    return judged


def decide(
    judged: Sequence[Judged],
    baseline_k: int,
    baseline_silhouette: Callable[[int], float],
    *,
    is_k_fixed: bool = False,
) -> Verdict:
    """Apply the policy of this module.

    Args:
        judged: the contenders.
        baseline_k: segments of k-means on the standardised features.
        baseline_silhouette: of k-means on these, by the number of clusters.
        is_k_fixed: whether the user fixed baseline_k.
    """
    reasons, gains = [], defaultdict(list)
    for one in judged:
        reason, gain = _gain(one, baseline_k, baseline_silhouette, is_k_fixed)
        reasons.append(reason)
        gains[one.contender.method].append(gain)
    # A method is judged by all its seeds, and published with the first.
    first = {one.contender.method: position for position, one in reversed([*enumerate(judged)])}
    better = {
        first[method]: float(np.mean(found))
        for method, found in gains.items()
        if np.mean(found) >= SMALLEST_GAIN
    }
    if not better:
        why = (
            f"none of {len(judged)} other candidates separates better by {SMALLEST_GAIN}"
            if judged
            else "nothing else was tried"
        )
        return Verdict(None, why, tuple(reasons))
    winner = min(better, key=lambda position: (-better[position], position))
    one = judged[winner]
    why = (
        f"{one.contender.algorithm} on {one.contender.space}: its silhouette in the standardised "
        f"features is {better[winner]:.3f} above that of k-means with {one.cluster_count} clusters"
    )
    reasons[winner] = f"chosen: {why}"
    return Verdict(winner, why, tuple(reasons))


def _gain(
    one: Judged,
    baseline_k: int,
    baseline_silhouette: Callable[[int], float],
    is_k_fixed: bool,
) -> tuple[str, float]:
    """Return why a contender is not chosen, and what it gains; minus infinity where it may not."""
    if one.inadmissible:
        return f"refused: {one.inadmissible}", -math.inf
    beside = baseline_silhouette(one.cluster_count)
    contrast = (
        f"silhouette {one.silhouette:.3f} in the standardised features, k-means with "
        f"{one.cluster_count} clusters {beside:.3f}"
    )
    if one.contender.space != "scaled":
        contrast += f" (in its own space {one.space_silhouette:.3f})"
    if one.cluster_count < baseline_k or (is_k_fixed and one.cluster_count != baseline_k):
        wanted = f"{baseline_k}" if is_k_fixed else f"at least {baseline_k}"
        return f"not chosen: {wanted} segments are wanted; {contrast}", -math.inf
    if one.unstable:
        return f"not chosen: {one.unstable}; {contrast}", -math.inf
    return f"not chosen: {contrast}", one.silhouette - beside


def _fit_system(
    system: System,
    contenders: Contenders,
    card: Card,
    feature_names: Sequence[str],
    raw_feature_names: Sequence[str],
    *,
    k: int | None,
    past: Past,
    keep_k: bool,
    log: Callable[[str], None],
) -> tuple[Records, Assignments]:
    """Do everything for one source system; see `fit_contest`."""
    card = replace(
        card,
        parameters=parameters_after(card.parameters, past, k),
        previous_model_id=past.model.model_id if past.model else None,
    )
    kept_k, not_kept = previous_k(past, card.parameters, keep_k)
    if not len(system.customer_id):
        return without_customers(system, card, feature_names)
    random_state = int(card.parameters["random_state"])
    data = standardised(
        system, card.parameters["max_fit_rows"], card.parameters["max_criteria_rows"]
    )
    points = data.fit_points
    choice = choose_k(
        data.points,
        points,
        k=k,
        previous_k=kept_k,
        default_k=int(card.parameters["default_k"]),
        k_max=int(card.parameters["k_max"]),
        random_state=random_state,
    )
    log(f"{system.source_system}: the baseline is k-means with {choice.k} segments")
    fits = dict(choice.fits)
    if data.points is not points:
        fits = dict(fit_all(points, list(fits), random_state))
    ks = [candidate.k for candidate in choice.candidates if candidate.k > 1]
    baselines = judge(
        points, [_baseline(points, fits[k], random_state, k == choice.k) for k in ks], random_state
    )
    known = {one.cluster_count: one.silhouette for one in baselines}

    def baseline_silhouette(count: int) -> float:
        if count not in known:
            (fitted,) = fit_all(points, [count], random_state).values()
            (known[count],) = _silhouettes(points, [fitted.labels_])
        return known[count]

    tried: list[Contender] = []
    if len(points) >= 2 * SMALLEST_SIZE:
        tried = list(contenders(_rows_of(system, data.fit_rows), points, random_state))
    judged = judge(points, tried, random_state, log)
    verdict = decide(judged, choice.k, baseline_silhouette, is_k_fixed=k is not None)

    records = Records(system.source_system)
    if verdict.winner is None:
        (stability,) = [one.bootstrap_ari for one in choice.candidates if one.chosen]
        labels, settings = None, {}
        centroids = KMeansAlgorithm().segments(fits[choice.k]).centroids
        card = replace(
            card,
            why_k=f"{not_kept}{choice.why_k}; {verdict.why}",
            documentation=f"{card.documentation} {KMeansAlgorithm.documentation}",
        )
    else:
        winner = judged[verdict.winner].contender
        stability = judged[verdict.winner].stability
        labels, centroids = _canonical(points, _numbered(winner.labels))
        settings = {"algorithm": winner.algorithm, "seed": winner.seed} | dict(winner.parameters)
        card = replace(card, algorithm=winner.algorithm, space=winner.space, why_k=verdict.why)
    segment_ids, distances, is_nearest = _assigned(data, labels, centroids)
    succession = Succession.of(past, data)
    ids = succession.number(centroids, segment_ids - 1)
    order, ids = np.argsort(ids), np.sort(ids)
    centroids = centroids[order]
    if labels is not None:
        labels = np.concatenate([[0], np.argsort(order) + 1])[labels]
    segment_ids, distances, is_nearest = _assigned(data, labels, centroids, ids)
    clustered = segment_ids > 0
    names = list(raw_feature_names) or list(feature_names)
    values = system.raw_features if raw_feature_names else system.features
    rules = rule_card(
        values[clustered],
        names,
        segment_ids[clustered],
        # Positions among the clustered of those that took part.
        (np.cumsum(clustered) - 1)[data.fit_rows[clustered[data.fit_rows]]],
        random_state,
    )
    fitted_ids = segment_ids[data.fit_rows]
    numbers = structure_numbers(choice) | label_criteria(points, fitted_ids - 1)
    numbers |= {
        "k": len(centroids),
        "stability": stability,
        "smallest_share": smallest_share(segment_ids, ids),
        "fit_row_count": len(points),
        "criteria_row_count": len(points),
        "rule_fidelity": rule_fidelity(rules),
        "is_nearest_centroid": int(is_nearest),
    }
    card = replace(card, parameters=card.parameters | settings | {"n_clusters": len(centroids)})
    record_model(records, system, card, feature_names, numbers)
    _record_candidates(records, choice, baselines, judged, verdict, random_state)
    record_segments(records, points, fitted_ids)
    record_centroids(records, feature_names, data.mean, data.scale, centroids, ids)
    record_rules(records, rules)
    record_events(records, succession.events(centroids, ids, segment_ids))
    return records, Assignments(system.source_system, system.customer_id, segment_ids, distances)


def _rows_of(system: System, rows: np.ndarray) -> System:
    """Return some of the customers."""
    return replace(
        system,
        customer_id=system.customer_id.take(pa.array(rows)),
        features=system.features[rows],
        raw_features=system.raw_features[rows],
    )


def _baseline(points: np.ndarray, fitted: KMeans, random_state: int, is_chosen: bool) -> Contender:
    """Return k-means on the standardised features as if it were a contender."""

    def refit(order: np.ndarray, noise: float) -> np.ndarray:
        rows = perturbed(points, order, noise, random_state)
        (again,) = fit_all(rows, [fitted.n_clusters], random_state).values()
        return in_original_order(again.labels_, order)

    return Contender(
        "kmeans",
        "scaled",
        points,
        fitted.labels_,
        k=fitted.n_clusters,
        seed=random_state,
        refit=refit if is_chosen else None,
    )


def perturbed(points: np.ndarray, order: np.ndarray, noise: float, random_state: int) -> np.ndarray:
    """Return the rows in an order, with normal noise of a deviation: what a refit is made on."""
    if noise:
        generator = np.random.default_rng([random_state, 6])
        points = points + generator.normal(scale=noise, size=points.shape)
    return points[order]


def in_original_order(labels: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return labels of rows in an order as labels of the rows as they were."""
    result = np.empty_like(labels)
    result[order] = labels
    return result


def _numbered(labels: np.ndarray) -> np.ndarray:
    """Return labels whose clusters are 0, 1, 2 ... without gaps; noise is -1."""
    result = np.full(len(labels), -1)
    clustered = labels >= 0
    result[clustered] = np.unique(labels[clustered], return_inverse=True)[1]
    return result


def _silhouettes(points: np.ndarray, labelings: Sequence[np.ndarray]) -> np.ndarray:
    """Return mean silhouettes without noise; NaN where there are not two clusters."""
    result = np.full(len(labelings), math.nan)
    comparing = [
        position
        for position, labels in enumerate(labelings)
        if 0 < labels.max() < np.count_nonzero(labels >= 0) - 1
    ]
    for start in range(0, len(comparing), _LABELINGS_AT_ONCE):
        positions = comparing[start : start + _LABELINGS_AT_ONCE]
        result[positions] = silhouettes(points, [labelings[position] for position in positions])
    return result


def _bootstrap_aris(
    contenders: Sequence[Contender], firsts: Sequence[int], random_state: int
) -> dict[int, float]:
    """Return how stable k-means in other spaces is under resampling, for one seed of each."""
    spaces: dict[int, dict[int, int]] = defaultdict(dict)
    for position in firsts:
        one = contenders[position]
        if one.algorithm == "kmeans" and one.space != "scaled" and one.labels.min() == 0:
            spaces[id(one.points)].setdefault(int(one.labels.max()) + 1, position)
    result = {}
    for by_count in spaces.values():
        labelings = {
            count: contenders[position].labels for count, position in by_count.items() if count > 1
        }
        if labelings:
            points = contenders[next(iter(by_count.values()))].points
            found = bootstrap_aris(points, labelings, random_state)
            result |= {by_count[count]: ari for count, ari in found.items()}
    return result


def _refit_aris(one: Contender, random_state: int) -> tuple[float, float]:
    """Return how far the labels agree with those of another order, and with noise."""
    if one.refit is None:
        return math.nan, math.nan
    rows = np.arange(len(one.labels))
    order = np.random.default_rng([random_state, 5]).permutation(rows)
    return (
        float(adjusted_rand_score(one.labels, _numbered(one.refit(order, 0.0)))),
        float(adjusted_rand_score(one.labels, _numbered(one.refit(rows, REFIT_NOISE)))),
    )


def _canonical(points: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number clusters by their centroids.

    Args:
        points: (n, d), standardised features.
        labels: (n,) from 0 without gaps; -1 is noise.

    Returns:
        Segment ids (n,) from 1, 0 for noise, and centroids (k, d), rounded.
    """
    centroids = np.array(
        [points[labels == label].mean(axis=0) for label in range(labels.max() + 1)]
    )
    centroids = np.round(centroids, PARAMETER_DECIMALS) + 0.0
    order = canonical_order(centroids)
    segment_of = np.zeros(len(order) + 1, dtype=np.int64)  # the last is that of label -1
    segment_of[order] = np.arange(1, len(order) + 1)
    return segment_of[labels], centroids[order]


def _assigned(
    data: Standardised,
    labels: np.ndarray | None,
    centroids: np.ndarray,
    ids: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return segment and distance of all customers, and whether each is at the nearest centroid.

    Args:
        data: the customers.
        labels: (m,) segments of those that took part, from 1, 0 for noise; None: the nearest
            centroid.
        centroids: (k, d).
        ids: (k,) of the segments, ascending; None: from 1.
    """
    features = data.system.features
    if ids is None:
        ids = np.arange(1, len(centroids) + 1)
    labels = labels if labels is None else np.concatenate([[0], ids])[labels]
    segment_ids, distances = assign(
        features, data.mean, data.scale, lambda points: nearest(points, centroids), ids
    )
    if labels is None or (segment_ids[data.fit_rows] == labels).all():
        return segment_ids, distances, True
    segment_ids[data.fit_rows] = labels
    points = (features - data.mean) / data.scale
    distances[segment_ids == 0] = math.nan
    for segment_id, centroid in zip(ids, centroids, strict=True):
        rows = segment_ids == segment_id
        distances[rows] = distance_to(points[rows], centroid)
    return segment_ids, distances, False


def _record_candidates(
    records: Records,
    choice: Choice,
    baselines: Sequence[Judged],
    judged: Sequence[Judged],
    verdict: Verdict,
    random_state: int,
) -> None:
    """Record the numbers of segments of the baseline, and the contenders."""
    by_k = {one.cluster_count: one for one in baselines}
    for candidate in choice.candidates:
        numbers = candidate_numbers(candidate, random_state)
        reason = candidate.reason
        if candidate.k in by_k:
            numbers |= {
                name: value for name, value in _numbers(by_k[candidate.k]).items() if value == value
            }
        if candidate.chosen and verdict.winner is not None:
            reason = f"the baseline, beaten: {verdict.why}"
            numbers["chosen"] = 0
        texts = _texts("kmeans", "scaled", {}, {}, reason)
        record_candidate(records, f"kmeans_k{candidate.k:02d}", numbers, texts)
    for position, (candidate_id, one) in enumerate(zip(_ids(judged), judged, strict=True)):
        contender = one.contender
        numbers = _numbers(one) | {"chosen": int(position == verdict.winner)}
        texts = _texts(
            contender.algorithm,
            contender.space,
            contender.parameters,
            contender.notes,
            verdict.reasons[position],
        )
        record_candidate(records, candidate_id, numbers, texts)


def _numbers(one: Judged) -> dict[str, float | None]:
    """Return what is recorded of a contender."""
    numbers = {name: getattr(one, name, None) for name in CANDIDATE_NUMBERS}
    numbers |= {"k": one.contender.k, "seed": one.contender.seed}
    return {name: value for name, value in numbers.items() if value is not None}


def _texts(
    algorithm: str,
    space: str,
    parameters: Mapping[str, object],
    facts: Mapping[str, object],
    reason: str,
) -> dict[str, str]:
    return {
        "algorithm": algorithm,
        "space": space,
        "parameters": json.dumps(dict(parameters), sort_keys=True),
        "facts": json.dumps(dict(facts), sort_keys=True),
        "reason": reason,
    }


def _ids(judged: Sequence[Judged]) -> list[str]:
    """Return readable, unique ids; settings are numbered where a method was tried with several."""
    settings: dict[tuple[str, str, int], dict[str, int]] = defaultdict(dict)
    for one in judged:
        *asked, parameters = one.contender.method
        settings[tuple(asked)].setdefault(parameters, len(settings[tuple(asked)]) + 1)
    ids = []
    for one in judged:
        *asked, parameters = one.contender.method
        parts = [one.contender.algorithm, one.contender.space]
        if one.contender.k is not None:
            parts.append(f"k{one.contender.k:02d}")
        if len(settings[tuple(asked)]) > 1:
            parts.append(f"p{settings[tuple(asked)][parameters]:02d}")
        if one.contender.seed is not None:
            parts.append(f"s{one.contender.seed}")
        ids.append("_".join(parts))
    return ids
