"""Time, memory and accuracy of the clustering core on generated customers.

Usage: make bench, or python benchmarks/fit_kmeans.py [customers ...]

Prints one line per size (choosing k, fitting, assigning and rules in one process of its own; peak
memory includes the input), and one per separation of planted groups: the adjusted Rand index of the
segments found against the truth, beside that of the Bayes-optimal labels.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from customer_segments.clustering import fit_kmeans_segmentation

SIZES = (1_000_000, 4_000_000)
SEPARATIONS = (6.0, 4.0, 3.0)
FEATURES = ["recency_log", "frequency_log", "monetary_log"]


def customers(values: np.ndarray) -> pd.DataFrame:
    """Name the columns of (n, 3) features, rounded as features are."""
    frame = pd.DataFrame(values.round(6), columns=FEATURES)
    return frame.assign(
        source_system="generated", customer_id=pd.Series(range(len(frame))).astype("string")
    )


def speed(count: int) -> None:
    """Print seconds and peak memory for `count` skewed customers."""
    rng = np.random.default_rng(0)
    frame = customers(np.log1p(rng.gamma(1.0, 50.0, size=(count, 3))))
    started = time.perf_counter()
    fit_kmeans_segmentation(frame, feature_names=FEATURES)
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{count:>9,} customers: {seconds:6.1f} s, {peak:.2f} GB at most", flush=True)


def accuracy(separation: float) -> None:
    """Print what is found of four groups, their centres `separation` deviations apart."""
    rng = np.random.default_rng(0)
    # The corners of a regular tetrahedron: every pair is equally far apart.
    corners = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]])
    centres = corners * separation / np.sqrt(8)
    truth = rng.integers(0, 4, size=2_000)
    values = centres[truth] + rng.standard_normal((2_000, 3))
    long = fit_kmeans_segmentation(customers(values), feature_names=FEATURES)
    found = long[long["record_kind"] == "assignment"]
    order = found["customer_id"].astype(int)
    best = ((values[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
    why = long.loc[long["name"] == "why_k", "text"].iloc[0]
    reached = adjusted_rand_score(truth[order], found["segment_id"])
    possible = adjusted_rand_score(truth, best)
    print(
        f"{separation:.0f} sd apart: ARI {reached:.3f}, Bayes-optimal {possible:.3f};"
        f" {why.split(':')[0]}",
        flush=True,
    )


def main(arguments: list[str]) -> None:
    """Run everything, each size in a process of its own."""
    for count in map(int, arguments) if arguments else SIZES:
        process = multiprocessing.get_context("spawn").Process(target=speed, args=(count,))
        process.start()
        process.join()
    for separation in SEPARATIONS:
        accuracy(separation)


if __name__ == "__main__":
    main(sys.argv[1:])
