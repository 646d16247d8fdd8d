"""Other spaces for the same customers: principal components, t-SNE, UMAP, the leaves of a forest.

Every function takes rows in a fixed order and a seed, and gives the same bits for the same bits.
Neighbours are exact, found by all distances and not by a random search, so that one source of
chance is left: the layout. That is enough: UMAP and t-SNE answer noise in the last digits with
another picture (`contest` measures it).

UMAP is optional: `umap_layout` needs the package umap-learn, and imports it when it is called.
"""

from __future__ import annotations

import warnings

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import RandomForestRegressor
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors

UMAP_PACKAGE = "umap-learn"
UMAP_MIN_DIST = 0.1
PERPLEXITY = 30.0

PCA_SHARE = 0.9
"""Components are kept until they hold this share of the variance."""

TREES = 100
MIN_SAMPLES_SPLIT = 20
"""Rows of a node that a tree still splits, as in the Insiders write-up."""

LEAF_COMPONENTS = 16

_CHUNK = 1_000

Neighbours = tuple[np.ndarray, np.ndarray]
"""Positions (n, k) of the nearest rows, the row itself first, and the distances (n, k) to them."""


class MissingLibraryError(ImportError):
    """An optional package is not installed."""


def require_umap() -> None:
    """Import umap-learn, which takes a second or two.

    Raises:
        MissingLibraryError: it is not installed; the message says what works without it.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            import umap  # noqa: F401
    except ImportError as error:
        raise MissingLibraryError(
            f"UMAP needs the package {UMAP_PACKAGE} ({error}). Install it, or set var "
            "candidate_search to none: then k-means on the features is fitted, and nothing else."
        ) from error


def principal_components(points: np.ndarray, share: float = PCA_SHARE) -> np.ndarray:
    """Return the first principal components, as many as hold `share` of the variance.

    Args:
        points: (n, d), standardised.
        share: of the variance, above 0 and below 1.

    Returns:
        (n, q), at least one column. Signs are fixed: the largest loading is positive.
    """
    if not np.ptp(points, axis=0).any():
        return points[:, :1]
    return PCA(n_components=share, svd_solver="full").fit_transform(points)


def tsne_layout(
    points: np.ndarray, random_state: int, perplexity: float = PERPLEXITY
) -> np.ndarray:
    """Return a t-SNE layout (van der Maaten and Hinton 2008), started at random.

    The usual start from the principal components would make all seeds alike and hide how far the
    picture depends on them.

    Args:
        points: (n, d), standardised.
        random_state: of the start.
        perplexity: neighbours that count; at most a third of the rows.

    Returns:
        (n, 2).
    """
    perplexity = min(perplexity, (len(points) - 1) / 3)
    return (
        TSNE(2, init="random", perplexity=perplexity, random_state=random_state, n_jobs=1)
        .fit_transform(points)
        .astype(np.float64)
    )


def nearest_rows(points: np.ndarray, count: int) -> Neighbours:
    """Return the nearest rows of each row by Euclidean distance, itself included.

    Args:
        points: (n, d).
        count: neighbours; at most n.
    """
    count = min(count, len(points))
    distances, rows = NearestNeighbors(n_neighbors=count, n_jobs=1).fit(points).kneighbors(points)
    return _itself_first(rows, distances)


def forest_leaves(points: np.ndarray, target: np.ndarray, random_state: int) -> csr_matrix:
    """Return the leaf of each row in each tree of a forest that predicts the target.

    Args:
        points: (n, d).
        target: (n,), what the forest learns to predict from the points.
        random_state: of the forest.

    Returns:
        (n, leaves of all trees), 1 where the row is in the leaf: `TREES` ones per row.
    """
    forest = RandomForestRegressor(
        TREES, min_samples_split=MIN_SAMPLES_SPLIT, random_state=random_state, n_jobs=1
    )
    leaves = forest.fit(points, target).apply(points)
    columns, offset = np.empty(leaves.shape, dtype=np.int64), 0
    for tree in range(leaves.shape[1]):
        found, columns[:, tree] = np.unique(leaves[:, tree], return_inverse=True)
        columns[:, tree] += offset
        offset += len(found)
    starts = np.arange(len(points) + 1) * leaves.shape[1]
    return csr_matrix((np.ones(columns.size), columns.ravel(), starts), (len(points), offset))


def leaf_components(leaves: csr_matrix, random_state: int) -> np.ndarray:
    """Return the leaves in few columns, by truncated singular value decomposition.

    Args:
        leaves: of `forest_leaves`.
        random_state: of the decomposition.

    Returns:
        (n, at most `LEAF_COMPONENTS`). Squared distances are about twice the number of trees that
        part two rows.
    """
    count = min(LEAF_COMPONENTS, min(leaves.shape) - 1)
    if count < 1:
        return np.zeros((leaves.shape[0], 1))
    return TruncatedSVD(count, random_state=random_state).fit_transform(leaves)


def nearest_by_leaves(leaves: csr_matrix, count: int) -> Neighbours:
    """Return the nearest rows of each row by the share of trees that part them.

    Args:
        leaves: of `forest_leaves`.
        count: neighbours; at most n.

    Returns:
        Of equally near rows the first count.
    """
    total = leaves.shape[0]
    count, trees = min(count, total), leaves[0].sum()
    rows, distances = np.empty((total, count), dtype=np.int64), np.empty((total, count))
    columns = leaves.T.tocsr()
    for start in range(0, total, _CHUNK):
        chunk = slice(start, start + _CHUNK)
        apart = 1 - (leaves[chunk] @ columns).toarray() / trees
        rows[chunk] = np.argsort(apart, axis=1, kind="stable")[:, :count]
        distances[chunk] = np.take_along_axis(apart, rows[chunk], axis=1)
    return _itself_first(rows, distances)


def umap_layout(points: np.ndarray, neighbours: Neighbours, random_state: int) -> np.ndarray:
    """Return a UMAP layout (McInnes, Healy and Melville 2018) of rows whose neighbours are known.

    Args:
        points: (n, d), where to begin: they place parts of the graph that hang together with
            nothing else.
        neighbours: of each row.
        random_state: of the layout.

    Returns:
        (n, 2).

    Raises:
        MissingLibraryError: umap-learn is not installed.
    """
    require_umap()
    import umap

    rows, distances = neighbours
    with warnings.catch_warnings(action="ignore"):
        layout = umap.UMAP(
            n_neighbors=rows.shape[1],
            n_components=2,
            min_dist=UMAP_MIN_DIST,
            random_state=random_state,
            n_jobs=1,
            precomputed_knn=(rows, distances.astype(np.float32)),
        ).fit_transform(points.astype(np.float32))
    return layout.astype(np.float64)


def _itself_first(rows: np.ndarray, distances: np.ndarray) -> Neighbours:
    """Put each row before others at the same distance: UMAP takes the first for the row itself."""
    own = np.arange(len(rows))
    for position in np.flatnonzero(rows[:, 0] != own):
        found = np.flatnonzero(rows[position] == position)
        last = found[0] if len(found) else rows.shape[1] - 1
        rows[position, 1 : last + 1] = rows[position, :last].copy()
        rows[position, 0], distances[position, 0] = position, 0.0
    return rows, distances
