"""Card holders: an autoencoder's codes against the plain attributes, and what imputation changes.

The published system for CC GENERAL trains an autoencoder on 17 standardised attributes, cuts its
four codes into three by k-means and shows the silhouette among the codes. Here that is one
contender of a contest (`contest`), beside k-means on the attributes and on their principal
components, hierarchical clustering of the codes, and other ways to fill in what is missing.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import cophenet, fcluster, linkage
from scipy.spatial.distance import pdist
from sklearn.decomposition import PCA
from sklearn.impute import KNNImputer
from sklearn.metrics import adjusted_rand_score

from customer_segments.clustering import choosing_k
from customer_segments.clustering.autoencoder import (
    CODE_SIZE,
    HIDDEN,
    Autoencoder,
    load_keras,
    missing_libraries,
)
from customer_segments.clustering.choosing_k import SMALLEST_SIZE, fit_all
from customer_segments.clustering.contest import (
    Contender,
    fit_contest,
    in_original_order,
    perturbed,
    refuse_unknown_search,
)
from customer_segments.clustering.criteria import kmeans
from customer_segments.clustering.preparation import FEATURE_DECIMALS, System, mean_and_scale

METHODS = ("autoencoder", "agglomerative", "scaled", "pca", "imputation")
"""What can be tried beside the published method; `full` tries all."""

KS = range(2, 10)
IMPUTED_KS = range(2, 7)
LINKAGES = ("average", "single", "complete", "ward")
NEIGHBOURS = 5

EXACT_ROWS = 1_000
"""Up to so many customers are the leaves of a hierarchy; above, `SMALL_CLUSTERS` centroids are."""

SMALL_CLUSTERS = 500

DOCUMENTATION = (
    "Card holders by the 17 published attributes in raw units, a missing one imputed, all "
    "standardised. The published method, k-means on the four codes of an autoencoder "
    "(17-85-68-51-34-8-4 and back), is held against k-means on the attributes themselves. Among "
    "its own codes any grouping looks tighter, because the autoencoder makes them so; hence the "
    "silhouette is compared among the standardised attributes, and another training must lead to "
    "the same segments. On the published file it does not: trainings that differ by their seed "
    "alone part the card holders differently. So the attributes stay, unless why_k names a "
    "winner. A segment can then be read in money and counts."
)


@dataclass(frozen=True)
class Settings:
    """What the contenders depend on; see `fit_card_segmentation` for the units.

    Attributes:
        methods: of `METHODS`, to be tried.
        encodes: whether an autoencoder is trained.
        epochs: of training.
        batch_size: rows of a training step.
        seeds: trainings, and starts of k-means.
        published_k: clusters of the published method.
        pca_explained_variance: share of the variance that the principal components keep.
    """

    methods: frozenset[str]
    encodes: bool
    epochs: int
    batch_size: int
    seeds: int
    published_k: int
    pca_explained_variance: float

    @property
    def training(self) -> dict[str, object]:
        """What codes depend on beside their seed."""
        return {"epochs": self.epochs, "batch_size": self.batch_size}


def fit_card_segmentation(
    features: pd.DataFrame,
    *,
    feature_names: Sequence[str],
    raw_feature_names: Sequence[str] = (),
    k: int | Mapping[str, int] | None = None,
    default_k: int = 5,
    k_max: int = choosing_k.K_MAX,
    candidate_search: str = "chosen",
    methods: Collection[str] = (),
    imputation: str = "median",
    epochs: int = 100,
    batch_size: int = 128,
    seeds: int = 3,
    published_k: int = 3,
    pca_explained_variance: float = 0.9,
    random_state: int = 0,
    earlier_models: pd.DataFrame | None = None,
    keep_k: bool = True,
    log: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Hold the published method, and others, against k-means on the attributes.

    Args:
        features: see `kmeans.fit_kmeans_segmentation`; also `missing_attributes`, the names of the
            features that were imputed, separated by a comma and a blank.
        feature_names: attributes to cluster on.
        raw_feature_names: columns that the rule card speaks of; the features where empty.
        k: fixed number of segments, for all source systems or by name; None: chosen.
        default_k: the most segments that are cut where there is no structure.
        k_max: the largest k of the baseline tried.
        candidate_search: `none`: k-means on the attributes alone; `chosen`: also the published
            method and `methods`; `full`: all methods.
        methods: of `METHODS`, for `chosen`.
        imputation: how the missing were filled in, for the model card.
        epochs: of training.
        batch_size: rows of a training step.
        seeds: trainings, and starts of k-means, that are compared with each other.
        published_k: clusters of the published method.
        pca_explained_variance: share of the variance that the principal components keep.
        random_state: the first seed.
        earlier_models: see `kmeans.fit_kmeans_segmentation`.
        keep_k: see `kmeans.fit_kmeans_segmentation`.
        log: where to say how far it is.

    Returns:
        The long frame of `schema`. Methods that need Keras and JAX are left out where these are not
        installed; parameter `left_out` of the model card says so, and `attributes_without_values`
        names those that are missing everywhere, and so count for nothing.

    Raises:
        ValueError: a setting is out of its range; see also `contest.fit_contest`.
    """
    _check(candidate_search, methods, seeds, published_k, pca_explained_variance)
    log = log or (lambda words: None)
    tried = {"none": (), "chosen": methods, "full": METHODS}[candidate_search]
    lacking = [] if candidate_search == "none" else missing_libraries()
    if lacking:
        log(f"the autoencoder is left out: {' and '.join(lacking)} not installed")
    settings = Settings(
        frozenset(tried),
        candidate_search != "none" and not lacking,
        epochs,
        batch_size,
        seeds,
        published_k,
        pca_explained_variance,
    )
    is_missing = _missing(features, feature_names)

    def contenders(system: System, points: np.ndarray, first_seed: int) -> Iterator[Contender]:
        trainings = range(first_seed, first_seed + settings.seeds)
        if settings.encodes:
            yield from _on_codes(points, trainings, settings, log)
        if "scaled" in settings.methods:
            yield from _kmeans_contenders("scaled", points, KS, trainings)
        if "pca" in settings.methods:
            yield from _on_components(points, trainings, settings.pca_explained_variance)
        if "imputation" in settings.methods:
            yield from _otherwise_imputed(system, points, is_missing, first_seed)

    return fit_contest(
        features,
        contenders,
        feature_names=feature_names,
        raw_feature_names=raw_feature_names,
        k=k,
        default_k=default_k,
        k_max=k_max,
        random_state=random_state,
        documentation=DOCUMENTATION,
        parameters={
            "candidate_search": candidate_search,
            "methods": sorted(settings.methods),
            "imputation": imputation,
            "attributes_without_values": [
                name for name, column in is_missing.items() if len(column) and column.all()
            ],
            "hidden_layers": list(HIDDEN),
            "code_size": CODE_SIZE,
            "seeds": seeds,
            "published_k": published_k,
            "pca_explained_variance": pca_explained_variance,
            "left_out": [f"autoencoder: {name} not installed" for name in lacking],
        }
        | settings.training,
        libraries=[load_keras(), importlib.import_module("jax")] if settings.encodes else [],
        earlier_models=earlier_models,
        keep_k=keep_k,
        log=log,
    )


def elbow(ks: Sequence[int], inertias: Sequence[float]) -> int | None:
    """Return where the curve of inertias bends most: farthest below the line between its ends.

    Satopaa et al. 2011, Finding a "Kneedle" in a Haystack, without smoothing.

    Args:
        ks: ascending.
        inertias: of the fits.

    Returns:
        One of `ks`; None for fewer than three, or where the curve does not fall.
    """
    if len(ks) < 3 or inertias[0] <= inertias[-1]:
        return None
    along = (np.array(ks) - ks[0]) / (ks[-1] - ks[0])
    down = (np.array(inertias) - inertias[-1]) / (inertias[0] - inertias[-1])
    return int(ks[int(np.argmax(1 - along - down))])


def _check(
    candidate_search: str,
    methods: Collection[str],
    seeds: int,
    published_k: int,
    pca_explained_variance: float,
) -> None:
    """Refuse settings that nothing can be tried with."""
    refuse_unknown_search(candidate_search)
    if unknown := [name for name in methods if name not in METHODS]:
        raise ValueError(f"methods can be {', '.join(METHODS)}; not known: {unknown}")
    if seeds != int(seeds) or seeds < 1:
        raise ValueError(f"seeds must be a whole number from 1, not {seeds!r}")
    if published_k != int(published_k) or published_k < 2:
        raise ValueError(f"published_k must be a whole number from 2, not {published_k!r}")
    if not 0 < pca_explained_variance < 1:
        raise ValueError(
            f"pca_explained_variance is a share between 0 and 1, not {pca_explained_variance!r}"
        )


def _missing(features: pd.DataFrame, feature_names: Sequence[str]) -> pd.DataFrame:
    """Return by (source_system, customer_id) and feature whether the value was missing."""
    if "missing_attributes" not in features.columns:
        raise ValueError("the feature table lacks the column missing_attributes")
    named = [set(names.split(", ")) for names in features["missing_attributes"].astype("str")]
    keys = [features[name].astype("str") for name in ("source_system", "customer_id")]
    return pd.DataFrame(
        {name: [name in found for found in named] for name in feature_names},
        index=pd.MultiIndex.from_arrays(keys),
        dtype=bool,
    )


def _on_codes(
    points: np.ndarray, trainings: Sequence[int], settings: Settings, log: Callable[[str], None]
) -> Iterator[Contender]:
    """Yield k-means and hierarchies on the codes of several trainings, the published one first."""
    autoencoder = Autoencoder(
        points.shape[1], epochs=settings.epochs, batch_size=settings.batch_size
    )
    encoded = {}
    for seed in trainings:
        encoded[seed] = autoencoder.encode(points, seed)
        log(f"autoencoder trained with seed {seed}: mean squared error {encoded[seed].error:.3f}")
    published = settings.published_k
    ks = sorted({published, *(KS if "autoencoder" in settings.methods else ())})
    for seed, codes in encoded.items():
        facts = {"reconstruction_error": round(codes.error, 6)}
        refit = _refit(autoencoder, points, published, seed) if seed == trainings[0] else None
        for one in _kmeans_contenders("autoencoder", codes.codes, ks, [seed], facts):
            yield replace(
                one,
                parameters=settings.training,
                refit=refit if one.k == published else None,
            )
    if "agglomerative" in settings.methods:
        for seed, codes in encoded.items():
            yield from _hierarchies(codes.codes, published, seed, settings.training)


def _refit(
    autoencoder: Autoencoder, points: np.ndarray, k: int, seed: int
) -> Callable[[np.ndarray, float], np.ndarray]:
    """Return the published method as a function of the order of the rows and a deviation."""

    def refit(order: np.ndarray, noise: float) -> np.ndarray:
        codes = autoencoder.encode(perturbed(points, order, noise, seed), seed).codes
        (fitted,) = fit_all(codes, [k], seed).values()
        return in_original_order(fitted.labels_, order)

    return refit


def _kmeans_contenders(
    space: str,
    points: np.ndarray,
    ks: Sequence[int],
    seeds: Sequence[int],
    facts: Mapping[str, object] | None = None,
) -> Iterator[Contender]:
    """Yield k-means in one space, with the inertias among which an elbow is looked for."""
    ks = _possible(ks, points)
    for seed in seeds:
        fits = fit_all(points, ks, seed)
        bend = elbow(ks, [fits[k].inertia_ for k in ks])
        for k, fitted in fits.items():
            notes = {"inertia": round(float(fitted.inertia_), 6)}
            notes |= {} if bend is None else {"elbow_k": bend}
            yield Contender(
                "kmeans",
                space,
                points,
                fitted.labels_,
                k=k,
                seed=seed,
                notes=notes | dict(facts or {}),
            )


def _possible(ks: Sequence[int], points: np.ndarray) -> list[int]:
    """Return the numbers of clusters that the rows allow."""
    largest = min(len(np.unique(points, axis=0)), len(points) // SMALLEST_SIZE)
    return [k for k in ks if k <= largest]


def _on_components(
    points: np.ndarray, seeds: Sequence[int], explained_variance: float
) -> Iterator[Contender]:
    """Yield k-means on the principal components that keep a share of the variance."""
    if not points.any():
        return
    components = PCA(explained_variance, svd_solver="full").fit(points)
    projected = np.round(components.transform(points), FEATURE_DECIMALS) + 0.0
    facts = {
        "components": int(components.n_components_),
        "explained_variance": round(float(components.explained_variance_ratio_.sum()), 6),
    }
    for one in _kmeans_contenders("pca", projected, KS, seeds, facts):
        yield replace(one, parameters={"explained_variance": explained_variance})


def _hierarchies(
    codes: np.ndarray, k: int, seed: int, parameters: Mapping[str, object]
) -> Iterator[Contender]:
    """Yield hierarchical clusterings of codes, with how true the trees are to the distances.

    The cophenetic correlation (Sokal and Rohlf 1962) is between the distances of pairs and the
    heights at which the tree joins them. `gap_k` is the number of clusters whose last merge is
    followed by the largest jump in height: the number that the tree itself suggests.
    """
    merged, small_of = codes, np.arange(len(codes))
    if len(codes) > EXACT_ROWS:
        count = min(SMALL_CLUSTERS, len(np.unique(codes, axis=0)))
        small = kmeans(count, seed, n_init=1).fit(codes)
        merged, small_of = small.cluster_centers_, small.labels_
    if len(np.unique(merged, axis=0)) < max(KS):
        return
    distances = pdist(merged)
    for method in LINKAGES:
        tree = linkage(merged, method)
        jumps = {count: tree[-count + 1, 2] - tree[-count, 2] for count in KS}
        yield Contender(
            "agglomerative",
            "autoencoder",
            codes,
            fcluster(tree, k, "maxclust")[small_of] - 1,
            k=k,
            seed=seed,
            parameters={"linkage": method} | dict(parameters),
            notes={
                "cophenetic_correlation": round(float(cophenet(tree, distances)[0]), 6),
                "gap_k": max(jumps, key=lambda count: (jumps[count], -count)),
                "merged_count": len(merged),
            },
        )


def _otherwise_imputed(
    system: System, points: np.ndarray, is_missing: pd.DataFrame, seed: int
) -> Iterator[Contender]:
    """Yield k-means on attributes imputed in other ways, and what that changes.

    `ari` in the notes is the agreement with the imputation that SQL made, at the same k; nothing is
    yielded where nothing was missing.
    """
    keys = [(system.source_system, name) for name in system.customer_id.to_pylist()]
    missing = is_missing.loc[keys].to_numpy()
    if not missing.any():
        return
    ks = _possible(IMPUTED_KS, points)
    before = fit_all(points, ks, seed)
    for name, completed in imputations(np.where(missing, np.nan, system.features)).items():
        mean, scale = mean_and_scale(completed)
        after = (completed - mean) / scale
        for one in _kmeans_contenders("scaled", after, ks, [seed]):
            yield replace(
                one,
                parameters={"imputation": name},
                notes=dict(one.notes)
                | {
                    "ari": round(adjusted_rand_score(before[one.k].labels_, one.labels), 6),
                    "imputed_cells": int(missing.sum()),
                },
            )


def imputations(values: np.ndarray) -> dict[str, np.ndarray]:
    """Fill in what is missing: by the median, the mean, and the mean of the nearest neighbours.

    Neighbours are the `NEIGHBOURS` nearest in what both have, standardised (Troyanskaya et al.
    2001, Missing value estimation methods for DNA microarrays). What is missing everywhere is 0.

    Args:
        values: (n, d) in raw units, NaN where missing.

    Returns:
        By name (n, d), `FEATURE_DECIMALS`.
    """
    completed = {}
    known = ~np.isnan(values)
    columns = [
        column[there] if there.any() else np.zeros(1)
        for column, there in zip(values.T, known.T, strict=True)
    ]
    mean = np.array([column.mean() for column in columns])
    scale = np.array([column.std() or 1.0 for column in columns])
    for name in ("median", "mean"):
        typical = [getattr(np, name)(column) for column in columns]
        completed[name] = np.where(known, values, typical)
    neighbours = KNNImputer(n_neighbors=NEIGHBOURS, keep_empty_features=True)
    filled = neighbours.fit_transform((values - mean) / scale) * scale + mean
    completed["nearest neighbours"] = np.where(known, values, filled)
    return {name: np.round(table, FEATURE_DECIMALS) + 0.0 for name, table in completed.items()}
