"""Choosing the number of segments: the candidates, the policy, and its reasons in words.

The silhouette alone says 2 on almost everything, and the elbow is in the eye of the beholder. So:

1. Structure: the largest silhouette over k 2..8 exceeds that of data with the same margins and
   correlations but no groups by at least 0.05, and by 5 standard deviations (`structure_test`).
2. Admissible: the smallest cluster has at least 1 % of the customers, and at least 30.
3. A k that the user fixed wins. Else the k of the previous model (the latest one of an earlier
   as-of date on the same features), while it is admissible and was chosen by the same settings:
   a segmentation that readers know is not cut anew each month because an index moved. Else
4. with structure: the largest admissible k in 3..8 with prediction strength >= 0.8.
5. Without structure, or where no k passes 4, the number is a cut, not a discovery: the largest
   admissible k <= `default_k` with mean bootstrap ARI >= 0.75; where none is so stable, 3; where 3
   is inadmissible, the admissible k nearest to it; where none is admissible, one segment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from customer_segments.clustering.criteria import (
    Clusters,
    Fit,
    StructureTest,
    bootstrap_aris,
    cluster_indices,
    fit_kmeans,
    prediction_strengths,
    silhouettes,
    structure_test,
)

K_MAX = 12
STRUCTURE_KS = range(2, 9)
DISCOVERY_KS = range(3, 9)
SMALLEST_SHARE = 0.01
SMALLEST_SIZE = 30
STRUCTURE_EXCESS = 0.05
STRUCTURE_Z = 5.0
PREDICTION_STRENGTH = 0.8
BOOTSTRAP_ARI = 0.75
FALLBACK_K = 3

N_INIT = 20
EXACT_ROWS = 20_000
"""Up to this many rows a fit runs until nothing moves (tol 0), above it to 1e-6."""


@dataclass(frozen=True)
class Candidate:
    """One number of clusters and its criteria (units: `schema.CANDIDATE_NUMBERS`).

    NaN where a criterion does not exist: all that compare clusters, for k = 1.
    """

    k: int
    inertia: float
    smallest_share: float
    smallest_size: int
    silhouette: float = math.nan
    davies_bouldin: float = math.nan
    calinski_harabasz: float = math.nan
    prediction_strength: float = math.nan
    bootstrap_ari: float = math.nan
    chosen: bool = False
    reason: str = ""

    @property
    def admissible(self) -> bool:
        """Whether no cluster is too small; one segment of everybody always is."""
        return self.k == 1 or (
            self.smallest_share >= SMALLEST_SHARE and self.smallest_size >= SMALLEST_SIZE
        )

    @property
    def too_small(self) -> str:
        """What is wrong with an inadmissible candidate, in words."""
        floors = []
        if self.smallest_share < SMALLEST_SHARE:
            floors.append(f"{SMALLEST_SHARE:.0%}")
        if self.smallest_size < SMALLEST_SIZE:
            floors.append(f"{SMALLEST_SIZE} customers")
        return (
            f"the smallest cluster ({self.smallest_size} customers, {self.smallest_share:.1%}) "
            f"is below the floor of {' and of '.join(floors)}"
        )


@dataclass(frozen=True)
class Choice:
    """The number of segments, the candidates with their reasons, and the evidence.

    Attributes:
        k: chosen.
        why_k: in words.
        has_structure: by rule 1.
        structure: the test; NaN where too few customers to try two clusters.
        candidates: ascending by k, exactly one chosen.
        fits: the candidates' fits on the criteria rows, by k.
    """

    k: int
    why_k: str
    has_structure: bool
    structure: StructureTest
    candidates: tuple[Candidate, ...]
    fits: Mapping[int, Clusters]


def fit_all(
    points: np.ndarray, ks: Sequence[int], random_state: int, fit: Fit = fit_kmeans
) -> Mapping[int, Clusters]:
    """Fit by the reproducible recipe: rows in key order, 20 starts, no early stop.

    Args:
        points: (n, d), standardised, in key order.
        ks: each at most the number of distinct rows.
        random_state: seed.
        fit: the algorithm.
    """
    tol = 0.0 if len(points) <= EXACT_ROWS else 1e-6
    return fit(points, ks, random_state, n_init=N_INIT, tol=tol)


def choose_k(
    points: np.ndarray,
    fit_points: np.ndarray,
    *,
    k: int | None = None,
    previous_k: int | None = None,
    default_k: int = 5,
    k_max: int = K_MAX,
    random_state: int = 0,
    fit: Fit = fit_kmeans,
) -> Choice:
    """Try the candidates that the data allows and choose one by the policy of this module.

    Args:
        points: (m, d), standardised rows that the criteria are computed on.
        fit_points: (n, d), standardised rows that sizes are counted on; may be `points`.
        k: fixed by the user.
        previous_k: of the model before, where it may be kept.
        default_k: the most segments that are cut without structure.
        k_max: the largest k tried; `k` and `previous_k` are tried in any case.
        random_state: seed of everything.
        fit: the algorithm.

    Returns:
        The choice. Never fails for small data: k is capped by the number of distinct rows, and by
        the number of clusters that the algorithm finds.
    """
    distinct = len(np.unique(points, axis=0))
    largest = min(k_max, distinct, len(fit_points) // SMALLEST_SIZE)
    fixed = {min(k, distinct)} if k is not None else set()
    kept = {previous_k} if previous_k is not None and previous_k <= distinct else set()
    ks = sorted({1} | set(range(2, largest + 1)) | fixed | kept)
    fits = {
        value: fitted
        for value, fitted in fit_all(points, ks, random_state, fit).items()
        if fitted.n_clusters == value
    }
    several = [value for value in fits if value > 1]
    labelings = {value: fits[value].labels_ for value in several}
    scores = dict(zip(several, silhouettes(points, list(labelings.values())), strict=True))
    strengths = prediction_strengths(points, several, random_state, fit)
    aris = bootstrap_aris(points, labelings, random_state, fit)
    candidates = [
        replace(
            _evaluate(points, fit_points, fitted),
            silhouette=float(scores.get(value, math.nan)),
            prediction_strength=strengths.get(value, math.nan),
            bootstrap_ari=aris.get(value, math.nan),
        )
        for value, fitted in fits.items()
    ]
    tested = [value for value in several if value in STRUCTURE_KS and value <= largest]
    if tested:
        structure = structure_test(
            points, tested, [scores[value] for value in tested], random_state, fit
        )
    else:
        structure = StructureTest(math.nan, math.nan, 0)
    chosen_k, why_k, candidates = decide(
        candidates,
        structure,
        customer_count=len(fit_points),
        distinct=distinct,
        k=k,
        previous_k=previous_k,
        default_k=default_k,
    )
    return Choice(chosen_k, why_k, is_structure(structure), structure, tuple(candidates), fits)


def is_structure(structure: StructureTest) -> bool:
    """Return whether a test certifies groups (rule 1)."""
    return structure.excess >= STRUCTURE_EXCESS and structure.z >= STRUCTURE_Z


def decide(
    candidates: Sequence[Candidate],
    structure: StructureTest,
    *,
    customer_count: int,
    distinct: int,
    k: int | None = None,
    previous_k: int | None = None,
    default_k: int = 5,
) -> tuple[int, str, list[Candidate]]:
    """Apply rules 2 to 5 to evaluated candidates.

    Args:
        candidates: ascending by k; k = 1 and, where given and possible, `k` and `previous_k`
            among them.
        structure: the test.
        customer_count: customers that can be fitted.
        distinct: distinct rows among them.
        k: fixed by the user.
        previous_k: of the model before, where it may be kept.
        default_k: the most segments that are cut without structure.

    Returns:
        k, why in words, and the candidates with `chosen` and `reason` filled in; k = 1 is among
        them only where it was chosen.
    """
    by_k = {candidate.k: candidate for candidate in candidates}
    strong, stable = _strong(candidates), _stable(candidates, default_k)
    policy_k, why = _by_policy(candidates, structure, customer_count, distinct, default_k)
    chosen = policy_k
    if k is not None:
        chosen, why = min(k, distinct, max(by_k)), f"k = {k} is fixed by the user"
        if chosen < k:
            limit = (
                f"only {distinct} distinct customers" if chosen == distinct else "no leaf divides"
            )
            why += f"; {limit}, so {chosen}"
        if chosen != policy_k:
            why += f"; the policy alone would choose {policy_k}"
        if not by_k[chosen].admissible:
            why += f"; inadmissible by the policy: {by_k[chosen].too_small}"
    elif previous_k is not None and previous_k > 1:
        previous = by_k.get(previous_k)
        if previous is not None and previous.admissible:
            chosen, why = previous_k, f"the previous k = {previous_k} is kept: still admissible"
            if chosen != policy_k:
                why += f"; without it, the policy would choose {policy_k}"
        else:
            because = previous.too_small if previous else f"only {distinct} distinct customers"
            why = f"the previous k = {previous_k} is no longer admissible: {because}; {why}"

    discovered = is_structure(structure) and bool(strong)

    def reason(candidate: Candidate) -> str:
        if candidate.k == chosen:
            return f"chosen: {why}"
        if not candidate.admissible:
            return f"refused: {candidate.too_small}"
        if candidate.k == policy_k:
            return "not chosen: the policy alone would choose it"
        if discovered and candidate.k not in DISCOVERY_KS:
            return f"not chosen: outside {DISCOVERY_KS[0]}..{DISCOVERY_KS[-1]}"
        if discovered and candidate.k not in strong:
            return (
                f"not chosen: prediction strength {candidate.prediction_strength:.3f} is below "
                f"{PREDICTION_STRENGTH}"
            )
        if not discovered and candidate.k > default_k:
            return f"not chosen: a cut has at most {default_k} segments"
        if not discovered and candidate.k not in stable:
            return (
                f"not chosen: bootstrap ARI {candidate.bootstrap_ari:.3f} is below {BOOTSTRAP_ARI}"
            )
        return f"not chosen: k = {policy_k} passes the same tests and tells more apart"

    explained = [
        replace(candidate, chosen=candidate.k == chosen, reason=reason(candidate))
        for candidate in candidates
        if candidate.k > 1 or chosen == 1
    ]
    return chosen, why, explained


def _strong(candidates: Sequence[Candidate]) -> list[int]:
    """Return the k that rule 4 admits."""
    return [
        c.k
        for c in candidates
        if c.admissible and c.k in DISCOVERY_KS and c.prediction_strength >= PREDICTION_STRENGTH
    ]


def _stable(candidates: Sequence[Candidate], default_k: int) -> list[int]:
    """Return the k that rule 5 admits first."""
    return [
        c.k
        for c in candidates
        if c.admissible and 1 < c.k <= default_k and c.bootstrap_ari >= BOOTSTRAP_ARI
    ]


def _by_policy(
    candidates: Sequence[Candidate],
    structure: StructureTest,
    customer_count: int,
    distinct: int,
    default_k: int,
) -> tuple[int, str]:
    """Return the k of rules 4 and 5, without user or history, and why."""
    if customer_count == 1:
        return 1, "one segment: there is one customer"
    if distinct == 1:
        return 1, "one segment: all customers are equal"
    if customer_count < 2 * SMALLEST_SIZE:
        return 1, (
            f"one segment: {customer_count} customers are too few for two of {SMALLEST_SIZE}"
        )
    by_k = {candidate.k: candidate for candidate in candidates}
    strong, stable = _strong(candidates), _stable(candidates, default_k)
    evidence = (
        f"silhouette excess over data without groups {structure.excess:.3f} (z {structure.z:.1f})"
    )
    rule_4 = (
        f"admissible k in {DISCOVERY_KS[0]}..{DISCOVERY_KS[-1]} with prediction strength >= "
        f"{PREDICTION_STRENGTH}"
    )
    if is_structure(structure):
        if strong:
            k = max(strong)
            strength = by_k[k].prediction_strength
            return k, f"structure: {evidence}; k = {k} is the largest {rule_4} ({strength:.3f})"
        finding = f"{evidence}, but there is no {rule_4}"
    else:
        finding = f"{evidence}, structure needs {STRUCTURE_EXCESS} (z {STRUCTURE_Z:.0f})"
    wish = min(FALLBACK_K, default_k)
    affordable = [c.k for c in candidates if c.admissible and 1 < c.k <= default_k]
    if stable:
        k = max(stable)
        rule = (
            f"the largest admissible k <= {default_k} with bootstrap ARI >= {BOOTSTRAP_ARI} "
            f"({by_k[k].bootstrap_ari:.3f})"
        )
    elif affordable:
        k = min(affordable, key=lambda value: (abs(value - wish), value))
        rule = f"no admissible k <= {default_k} has bootstrap ARI >= {BOOTSTRAP_ARI}"
        if k != wish:
            rule += f", and k = {wish} is inadmissible"
    else:
        k, rule = 1, f"every cut into at most {default_k} leaves a cluster that is too small"
    return k, f"k is a cut, not a discovery: {finding}; k = {k}: {rule}"


def _evaluate(points: np.ndarray, fit_points: np.ndarray, fitted: Clusters) -> Candidate:
    """Compute the criteria of one candidate that need no other fit."""
    k = fitted.n_clusters
    labels = fitted.labels_ if fit_points is points else fitted.predict(fit_points)
    sizes = np.bincount(labels, minlength=k)
    base = Candidate(k, float(fitted.inertia_), float(sizes.min() / len(labels)), int(sizes.min()))
    davies_bouldin, calinski_harabasz = cluster_indices(points, fitted.labels_)
    return replace(base, davies_bouldin=davies_bouldin, calinski_harabasz=calinski_harabasz)
