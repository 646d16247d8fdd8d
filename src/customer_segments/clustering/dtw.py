"""Dynamic time warping: how alike two sequences are when one may run ahead of the other.

Sakoe and Chiba 1978, with their band: a period is compared with those at most so far away.
Distances are per step, so that an old and a young account can be alike. What k-means needs are
coordinates: from the whole matrix of distances by classical scaling (Torgerson 1952), which takes
n * n comparisons; or, for many customers, from the distances to some of them, by a Gaussian kernel
and the Nystroem method (Williams and Seeger 2001), which takes n * landmarks.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from customer_segments.clustering.preparation import FEATURE_DECIMALS
from customer_segments.clustering.sequences import Sequences

MAX_EXACT_ROWS = 2_000
"""Most sequences of which every pair is compared: 4,500 of 72 months take minutes."""


@dataclass(frozen=True)
class TimeWarping:
    """How sequences become coordinates.

    Attributes:
        window_share: width of the band, as a share of the longest sequence.
        landmark_count: sequences that all others are compared with, where not all pairs are.
        n_components: coordinates.
    """

    window_share: float = 0.12
    landmark_count: int = 128
    n_components: int = 16

    def coordinates(self, sequences: Sequences, random_state: int) -> np.ndarray:
        """Return (n, at most n_components): exact up to `MAX_EXACT_ROWS`, else by landmarks."""
        if len(sequences) <= MAX_EXACT_ROWS:
            return self.exact(sequences)
        return self.by_landmarks(sequences, random_state)

    def exact(self, sequences: Sequences) -> np.ndarray:
        """Return coordinates from all pairs.

        Raises:
            ValueError: more than `MAX_EXACT_ROWS` sequences.
        """
        return classical_scaling(self.distances(sequences), self.n_components)

    def by_landmarks(self, sequences: Sequences, random_state: int) -> np.ndarray:
        """Return coordinates from the distances to landmarks drawn with this seed."""
        count = min(self.landmark_count, len(sequences))
        generator = np.random.default_rng([random_state, 7])
        landmarks = np.sort(generator.permutation(len(sequences))[:count])
        return nystroem(self.distances(sequences, landmarks), landmarks, self.n_components)

    def distances(self, sequences: Sequences, landmarks: np.ndarray | None = None) -> np.ndarray:
        """Return the distances of all sequences to all, or to the landmarks.

        Args:
            sequences: n of them.
            landmarks: (l,) positions; None: all.

        Returns:
            (n, n) or (n, l): root of the mean square difference along the best path, counted
            per period of the longer one.

        Raises:
            ModuleNotFoundError: dtaidistance is not installed.
            ValueError: all pairs of more than `MAX_EXACT_ROWS`.
        """
        if landmarks is None and len(sequences) > MAX_EXACT_ROWS:
            raise ValueError(
                f"all pairs of {len(sequences):,} sequences are too many: the limit is "
                f"{MAX_EXACT_ROWS:,}. Compare with landmarks (TimeWarping.by_landmarks)."
            )
        dtw_ndim = _dtw_ndim()
        rows = sequences.ragged()
        window = max(1, ceil(self.window_share * max(map(len, rows))))
        columns = rows if landmarks is None else [rows[landmark] for landmark in landmarks]
        settings = {"ndim": sequences.values.shape[2], "window": window, "parallel": False}
        if landmarks is None:
            found = np.asarray(dtw_ndim.distance_matrix_fast(rows, **settings))
        else:
            # Of all sequences with the landmarks behind them, the block that is asked for.
            block = ((0, len(rows)), (len(rows), len(rows) + len(columns)), False)
            compact = dtw_ndim.distance_matrix_fast(
                rows + columns, **settings, block=block, compact=True
            )
            found = np.asarray(compact).reshape(len(rows), len(columns))
        lengths, others = (np.array([len(part) for part in parts]) for parts in (rows, columns))
        return found / np.sqrt(np.maximum(lengths[:, None], others[None, :]))


def classical_scaling(distances: np.ndarray, n_components: int) -> np.ndarray:
    """Return coordinates whose Euclidean distances are near the given ones.

    Args:
        distances: (n, n), symmetric.
        n_components: at most; fewer where fewer eigenvalues are positive.
    """
    squares = distances**2
    means = squares.mean(axis=0)
    centred = -0.5 * (squares - means - means[:, None] + squares.mean())
    return _leading(centred, n_components)


def nystroem(distances: np.ndarray, landmarks: np.ndarray, n_components: int) -> np.ndarray:
    """Return the coordinates of a Gaussian kernel, from the distances to landmarks.

    The kernel is as wide as the median distance between two landmarks.

    Args:
        distances: (n, l).
        landmarks: (l,) rows that are the landmarks themselves.
        n_components: at most.
    """
    among = distances[landmarks]
    apart = among[~np.eye(len(among), dtype=bool)]
    width = float(np.median(apart)) if apart.size else 0.0
    kernel = np.exp(-0.5 * (distances / (width or 1.0)) ** 2)
    values, vectors = np.linalg.eigh(kernel[landmarks])
    largest = np.argsort(values)[::-1][:n_components]
    largest = largest[values[largest] > 1e-9 * values.max()]
    coordinates = kernel @ vectors[:, largest] / np.sqrt(values[largest])
    return _oriented(coordinates - coordinates.mean(axis=0))


def _leading(matrix: np.ndarray, n_components: int) -> np.ndarray:
    """Return the leading eigenvectors, as long as the roots of their eigenvalues."""
    values, vectors = np.linalg.eigh(matrix)
    largest = np.argsort(values)[::-1][:n_components]
    largest = largest[values[largest] > 1e-9 * max(values.max(), 1e-9)]
    if not len(largest):
        return np.zeros((len(matrix), 1))
    return _oriented(vectors[:, largest] * np.sqrt(values[largest]))


def _oriented(coordinates: np.ndarray) -> np.ndarray:
    """Round, and let the largest number of each column be positive: eigenvectors have no sign."""
    largest = np.take_along_axis(coordinates, np.abs(coordinates).argmax(axis=0)[None, :], axis=0)
    signs = np.where(largest < 0, -1.0, 1.0)
    return np.round(coordinates * signs, FEATURE_DECIMALS) + 0.0


def _dtw_ndim() -> object:
    """Import the compiled distances."""
    try:
        from dtaidistance import dtw_ndim
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"Dynamic time warping needs {error.name}: pip install dtaidistance, or set var "
            "candidate_search to none, which fits without it.",
            name=error.name,
        ) from error
    return dtw_ndim
