"""Insiders: the customers of a loyalty programme, by the methods of the Insiders write-up.

Humberto Aguiar, Insiders Clustering, on UCI Online Retail: a forest learns to predict a customer's
revenue from everything else, UMAP draws the customers whom its leaves put together, DBSCAN
finds the islands of the drawing. Published: 12 clusters and noise, silhouette .63 in the drawing,
and .66 for k-means with 13 clusters there. Here that method and many others compete with k-means
on the features themselves, by the policy of `contest`.

The revenue that the forest is told is no leak: nothing is predicted with it. It decides what is
near: customers are neighbours who reach their revenue in the same way. The forest does not see the
revenue among its inputs.

What the write-up does differently: it gives UMAP the numbers of the leaves as if they were
quantities (Manhattan distance); here two customers are as far apart as the share of trees that
part them. It draws by one seed, with neighbours found by a random search; here neighbours are
exact, and every seed is one of three.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse import csr_matrix
from sklearn.cluster import DBSCAN, HDBSCAN, KMeans
from sklearn.manifold import spectral_embedding
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

from customer_segments.clustering import embeddings
from customer_segments.clustering.choosing_k import K_MAX, SMALLEST_SIZE
from customer_segments.clustering.contest import (
    Contender,
    fit_contest,
    in_original_order,
    perturbed,
    refuse_unknown_search,
)
from customer_segments.clustering.preparation import System

SPACES = ("scaled", "pca", "tsne", "umap", "leaves", "leaves_umap")
FIXED_SPACES = ("scaled", "pca")
"""Spaces in which nothing is random."""
UMAP_SPACES = ("umap", "leaves_umap")
LEAF_SPACES = ("leaves", "leaves_umap")

ALGORITHMS = ("kmeans", "gaussian_mixture", "agglomerative", "spectral", "dbscan", "hdbscan")
FIXED_ALGORITHMS = ("agglomerative", "dbscan", "hdbscan")
"""Algorithms in which nothing is random."""

PUBLISHED = ("leaves_umap", "dbscan")
PUBLISHED_NEIGHBOURS = 50
PUBLISHED_NOTES = {"published_silhouette": 0.63, "published_cluster_count": 12.0}

KS = range(2, 14)
N_INIT = 10
SEEDS = 3
NEIGHBOURS = (15, PUBLISHED_NEIGHBOURS)
MIN_SAMPLES = (10, 20)
EPS_QUANTILES = (0.9, 0.95, 0.98)
MIN_CLUSTER_SHARES = (0.01, 0.02, 0.05)
GRAPH_NEIGHBOURS = 15

FEWEST_CUSTOMERS = 2 * SMALLEST_SIZE

DOCUMENTATION = (
    "Methods compete for the segments. The baseline is k-means on the standardised features. "
    "Against it stand k-means, Gaussian mixtures, DBSCAN, HDBSCAN, agglomerative (Ward) and "
    "spectral clustering, each on the features themselves, on their principal components, on "
    "pictures drawn of them by t-SNE and UMAP, on the leaves of a random forest that learns to "
    "predict the net amount from the other features, and on a picture of those leaves by UMAP. "
    "The last with DBSCAN is the published method. A picture shows groups that its own silhouette "
    "flatters, so every method is judged in the standardised features, and the baseline stays "
    "unless another is clearly better there, stable and without tiny segments. "
    "segmentation_candidates says of each method why it was not chosen."
)

Clustering = tuple[np.ndarray, Mapping[str, object], int | None]
"""Labels, parameters beside k, and k where it is asked for."""

Log = Callable[[str], None]


@dataclass(frozen=True)
class Space:
    """The customers in one space.

    Attributes:
        name: one of `SPACES`.
        points: (n, p).
        seed: it was made with; None where nothing is random.
        parameters: what else it depends on.
    """

    name: str
    points: np.ndarray
    seed: int | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)


class Spaces:
    """Makes spaces of the same customers; a forest is grown once per seed.

    Args:
        points: (n, d), standardised features, in a fixed order.
        target: column that the forest learns to predict from the others.
    """

    def __init__(self, points: np.ndarray, target: int) -> None:
        self.points = points
        self.target = points[:, target]
        self.inputs = np.delete(points, target, axis=1)
        self._leaves: dict[int, csr_matrix] = {}

    @threadpool_limits.wrap(limits=1)
    def make(self, name: str, seed: int | None = None, neighbours: int | None = None) -> Space:
        """Return one space.

        Args:
            name: one of `SPACES`.
            seed: of what is random; none for a fixed space.
            neighbours: of UMAP; none for other spaces.
        """
        if name == "scaled":
            return Space(name, self.points)
        if name == "pca":
            parameters = {"share": embeddings.PCA_SHARE}
            return Space(name, embeddings.principal_components(self.points), None, parameters)
        if name == "tsne":
            parameters = {"perplexity": embeddings.PERPLEXITY}
            return Space(name, embeddings.tsne_layout(self.points, seed), seed, parameters)
        if name == "umap":
            start, found = self.points, self._nearest(None, neighbours)
            parameters = _umap_parameters(neighbours)
        else:
            start, found = self._components(seed), None
            parameters = {
                "trees": embeddings.TREES,
                "min_samples_split": embeddings.MIN_SAMPLES_SPLIT,
            }
        if name == "leaves":
            parameters |= {"components": start.shape[1]}
            return Space(name, start, seed, parameters)
        if name == "leaves_umap":
            found = self._nearest(seed, neighbours)
            parameters |= _umap_parameters(neighbours)
        return Space(name, embeddings.umap_layout(start, found, seed), seed, parameters)

    def _forest(self, seed: int) -> csr_matrix:
        if seed not in self._leaves:
            self._leaves = {seed: embeddings.forest_leaves(self.inputs, self.target, seed)}
        return self._leaves[seed]

    def _components(self, seed: int) -> np.ndarray:
        return embeddings.leaf_components(self._forest(seed), seed)

    def _nearest(self, seed: int | None, count: int) -> embeddings.Neighbours:
        """Return the nearest customers: by the leaves of a seed, or by the features."""
        if seed is None:
            return embeddings.nearest_rows(self.points, count)
        return embeddings.nearest_by_leaves(self._forest(seed), count)


def fit_insiders_segmentation(
    features: pd.DataFrame,
    *,
    feature_names: Sequence[str],
    raw_feature_names: Sequence[str] = (),
    k: int | Mapping[str, int] | None = None,
    default_k: int = 5,
    k_max: int = K_MAX,
    random_state: int = 0,
    candidate_search: str = "chosen",
    target: str = "monetary_log",
    seeds: int = SEEDS,
    min_samples: int = 20,
    eps_quantile: float = 0.98,
    methods: Sequence[str] = (),
    max_fit_rows: int = 10_000,
    earlier_models: pd.DataFrame | None = None,
    keep_k: bool = True,
    log: Log | None = None,
) -> pd.DataFrame:
    """Let the methods of this module compete, and fit, assign and describe the one that wins.

    Args:
        features: see `kmeans.fit_kmeans_segmentation`.
        feature_names: columns to cluster on; the first numbers the segments first.
        raw_feature_names: columns that the rule card speaks of; the features where empty.
        k: fixed number of segments of the baseline, for all source systems or by name.
        default_k: the most segments that the baseline cuts where there is no structure.
        k_max: the largest k that the baseline tries.
        random_state: the first seed.
        candidate_search: `none`, the baseline only, which needs no optional package; `chosen`,
            beside it the published method and `methods`; `full`, every algorithm in every space.
        target: the feature that the forest learns to predict, the logarithm of the net amount.
        seeds: how many seeds each method is tried with that has something random.
        min_samples: of the published method's DBSCAN.
        eps_quantile: its eps is this quantile of the distances to the min_samples-th neighbour.
        methods: more of them, as `space/algorithm`, for example `umap/hdbscan`.
        max_fit_rows: most customers that the methods are tried on, whose distances to each other
            fit into memory; the others get the nearest centroid.
        earlier_models: see `kmeans.fit_kmeans_segmentation`.
        keep_k: see `kmeans.fit_kmeans_segmentation`.
        log: is told what is being fitted.

    Returns:
        The long frame of `schema`. Empty, but typed, for a frame without rows.

    Raises:
        ValueError: as `kmeans.fit_kmeans_segmentation`; also for a search, a method or a target
            that is not known.
    """
    refuse_unknown_search(candidate_search)
    if target not in feature_names or len(feature_names) < 2:
        raise ValueError(
            f"target must be one of at least two features that are clustered on "
            f"({', '.join(feature_names)}), not {target!r}"
        )
    if seeds < 1:
        raise ValueError(f"seeds must be at least 1, not {seeds!r}")
    more = [_method(name) for name in methods]
    tell = log or (lambda _: None)
    wanted = _wanted(candidate_search, more)
    left_out = _left_out(wanted, features, feature_names, target)
    for reason, names in left_out.items():
        tell(f"left out: {', '.join(names)}: {reason}")
    skipped = {name for names in left_out.values() for name in names}
    wanted = [pair for pair in wanted if "/".join(pair) not in skipped]
    published = {"min_samples": min_samples, "eps_quantile": eps_quantile}
    contenders = partial(
        _contenders,
        wanted=wanted,
        target=list(feature_names).index(target),
        seeds=seeds,
        published=published,
        # The method of the write-up by its own settings only, unless its grid is asked for.
        published_only=candidate_search == "chosen" and PUBLISHED not in more,
        log=tell,
    )
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
            "target": target,
            "seeds": seeds,
            "methods": list(methods),
            "left_out": left_out,
        }
        | published,
        libraries=_libraries(wanted),
        max_fit_rows=max_fit_rows,
        earlier_models=earlier_models,
        keep_k=keep_k,
        log=log,
    )


def cluster(points: np.ndarray, algorithm: str, seed: int | None) -> Iterator[Clustering]:
    """Fit one algorithm to one space, with everything that is tried of it.

    Args:
        points: (n, p).
        algorithm: one of `ALGORITHMS`.
        seed: of what is random.
    """
    ks = [k for k in KS if k <= len(np.unique(points, axis=0))]
    if algorithm == "kmeans":
        for k in ks:
            yield _kmeans(points, k, seed), {"n_init": N_INIT}, k
    elif algorithm == "gaussian_mixture":
        for k in ks:
            yield _gaussian_mixture(points, k, seed), {"covariance": "full"}, k
    elif algorithm == "agglomerative":
        tree = _limited(linkage)(points, "ward")
        for k in ks:
            yield fcluster(tree, k, "maxclust") - 1, {"linkage": "ward"}, k
    elif algorithm == "spectral":
        maps = _spectral_maps(points, max(ks, default=1), seed)
        for k in ks:
            labels = _kmeans(maps[:, :k], k, seed)
            yield labels, {"graph_neighbours": GRAPH_NEIGHBOURS, "n_init": N_INIT}, k
    elif algorithm == "dbscan":
        for min_samples in MIN_SAMPLES:
            for quantile in EPS_QUANTILES:
                yield dbscan(points, min_samples, quantile)
    elif algorithm == "hdbscan":
        for share in MIN_CLUSTER_SHARES:
            size = max(2, round(share * len(points)))
            labels = _limited(HDBSCAN(min_cluster_size=size, copy=True).fit_predict)(points)
            yield labels, {"min_cluster_share": share}, None


@threadpool_limits.wrap(limits=1)
def dbscan(points: np.ndarray, min_samples: int, eps_quantile: float) -> Clustering:
    """Fit DBSCAN with eps by the rule of this module.

    Args:
        points: (n, p).
        min_samples: neighbours within eps that make a row the core of a cluster, itself included.
        eps_quantile: eps is this quantile of the distances to the min_samples-th neighbour, so
            that such a share of the rows are cores.
    """
    _, distances = embeddings.nearest_rows(points, min_samples)
    # Rows that are all equal have no distance; any eps makes them one cluster.
    eps = float(np.quantile(distances[:, -1], eps_quantile)) or 1.0
    labels = DBSCAN(eps=eps, min_samples=min_samples).fit_predict(points)
    parameters = {"min_samples": min_samples, "eps_quantile": eps_quantile}
    return labels, parameters, None


def _contenders(
    system: System,
    points: np.ndarray,
    random_state: int,
    *,
    wanted: Sequence[tuple[str, str]],
    target: int,
    seeds: int,
    published: Mapping[str, object],
    published_only: bool,
    log: Log,
) -> Iterable[Contender]:
    """Yield the methods, space after space; see `contest.fit_contest`."""
    spaces = Spaces(points, target)
    all_seeds = [random_state + step for step in range(seeds)]
    for name in SPACES:
        algorithms = [algorithm for space, algorithm in wanted if space == name]
        if not algorithms:
            continue
        counts = NEIGHBOURS if name in UMAP_SPACES else (None,)
        if name == PUBLISHED[0] and published_only and algorithms == [PUBLISHED[1]]:
            counts = (PUBLISHED_NEIGHBOURS,)
        for count in counts:
            for seed in (None,) if name in FIXED_SPACES else all_seeds:
                near = f" with {count} neighbours" if count else ""
                by = f", seed {seed}" if seed is not None else ""
                log(f"{system.source_system}: {name}{near}{by}: {', '.join(algorithms)}")
                space = spaces.make(name, seed, count)
                is_published = name == PUBLISHED[0] and count == PUBLISHED_NEIGHBOURS
                if is_published and PUBLISHED[1] in algorithms:
                    refit = None
                    if seed == random_state:
                        refit = partial(_refit, points, target, seed, published)
                    yield _published(space, published, refit)
                for algorithm in algorithms:
                    if published_only and (name, algorithm) == PUBLISHED:
                        continue
                    known = published if is_published and algorithm == PUBLISHED[1] else {}
                    yield from _of_space(space, algorithm, all_seeds, known)


def _of_space(
    space: Space, algorithm: str, seeds: Sequence[int], known: Mapping[str, object]
) -> Iterable[Contender]:
    """Yield what is tried of an algorithm in a space, but for the settings known already."""
    random = algorithm not in FIXED_ALGORITHMS
    for seed in seeds if space.seed is None and random else (space.seed,):
        for labels, parameters, k in cluster(space.points, algorithm, seed):
            if parameters != known:
                yield Contender(
                    algorithm=algorithm,
                    space=space.name,
                    points=space.points,
                    labels=labels,
                    k=k,
                    seed=seed,
                    parameters=dict(space.parameters) | dict(parameters),
                )


def _published(
    space: Space,
    published: Mapping[str, object],
    refit: Callable[[np.ndarray, float], np.ndarray] | None,
) -> Contender:
    """Return the method of the write-up in its space, beside its published figures."""
    labels, parameters, _ = dbscan(space.points, **published)
    return Contender(
        algorithm=PUBLISHED[1],
        space=space.name,
        points=space.points,
        labels=labels,
        seed=space.seed,
        parameters=dict(space.parameters) | dict(parameters),
        refit=refit,
        notes=PUBLISHED_NOTES,
    )


def _refit(
    points: np.ndarray,
    target: int,
    seed: int,
    published: Mapping[str, object],
    order: np.ndarray,
    noise: float,
) -> np.ndarray:
    """Return the labels of the method of the write-up on rows in another order, or with noise."""
    rows = perturbed(points, order, noise, seed)
    space = Spaces(rows, target).make(PUBLISHED[0], seed, PUBLISHED_NEIGHBOURS)
    labels, _, _ = dbscan(space.points, **published)
    return in_original_order(labels, order)


def _method(name: str) -> tuple[str, str]:
    space, _, algorithm = name.partition("/")
    if space not in SPACES or algorithm not in ALGORITHMS:
        raise ValueError(
            f"a method is space/algorithm with a space of {', '.join(SPACES)} and an algorithm of "
            f"{', '.join(ALGORITHMS)}, not {name!r}"
        )
    return space, algorithm


def _wanted(candidate_search: str, more: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the pairs of space and algorithm that are tried beside the baseline."""
    if candidate_search == "none":
        return []
    if candidate_search == "chosen":
        return list(dict.fromkeys((PUBLISHED, *more)))
    return [(space, algorithm) for space in SPACES for algorithm in ALGORITHMS]


def _left_out(
    wanted: Sequence[tuple[str, str]],
    features: pd.DataFrame,
    feature_names: Sequence[str],
    target: str,
) -> dict[str, list[str]]:
    """Return by reason the methods that cannot be tried on these customers, or not here."""
    if not wanted or features.empty or not {*feature_names} <= {*features.columns}:
        return {}

    def names(spaces: Sequence[str]) -> list[str]:
        return ["/".join(pair) for pair in wanted if pair[0] in spaces]

    complete = features.dropna(subset=list(feature_names))
    if len(complete) < FEWEST_CUSTOMERS:
        reason = f"{len(complete)} customers are too few for two segments of {SMALLEST_SIZE}"
        return {reason: names(SPACES)}
    found = {}
    if complete[target].nunique() < 2 and names(LEAF_SPACES):
        found[f"{target} is the same for all, so a forest has nothing to learn"] = names(
            LEAF_SPACES
        )
    if names(UMAP_SPACES):
        try:
            embeddings.require_umap()
        except embeddings.MissingLibraryError as error:
            known = {name for listed in found.values() for name in listed}
            found[str(error)] = [name for name in names(UMAP_SPACES) if name not in known]
    return {reason: listed for reason, listed in found.items() if listed}


def _libraries(wanted: Sequence[tuple[str, str]]) -> list[ModuleType]:
    """Return the libraries whose versions the result depends on, beside the usual."""
    if not any(space in UMAP_SPACES for space, _ in wanted):
        return []
    import numba
    import umap

    return [umap, numba]


def _umap_parameters(neighbours: int) -> dict[str, object]:
    return {"neighbours": neighbours, "min_dist": embeddings.UMAP_MIN_DIST}


def _limited(function: Callable) -> Callable:
    return threadpool_limits.wrap(limits=1)(function)


@threadpool_limits.wrap(limits=1)
def _kmeans(points: np.ndarray, k: int, seed: int) -> np.ndarray:
    return KMeans(k, n_init=N_INIT, random_state=seed).fit_predict(points)


@threadpool_limits.wrap(limits=1)
def _gaussian_mixture(points: np.ndarray, k: int, seed: int) -> np.ndarray:
    return GaussianMixture(k, random_state=seed).fit_predict(points)


@threadpool_limits.wrap(limits=1)
def _spectral_maps(points: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Return the coordinates (n, count) in which scikit-learn's SpectralClustering runs k-means.

    The first k columns are those of k clusters, so the eigenvectors are computed once.
    """
    rows, _ = embeddings.nearest_rows(points, GRAPH_NEIGHBOURS + 1)
    total, near = rows.shape
    graph = csr_matrix(
        (np.ones(rows.size), rows.ravel(), np.arange(total + 1) * near), (total, total)
    )
    # Islands of a picture are not connected; then the first maps tell them apart, which is right.
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        return spectral_embedding(
            0.5 * (graph + graph.T),
            n_components=count,
            eigen_solver="arpack",
            random_state=seed,
            drop_first=False,
        )
