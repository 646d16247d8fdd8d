"""What is found of planted kinds of bank accounts, in each representation of their months.

Usage: python benchmarks/bank_sequences.py [accounts] [months]

Prints one line per representation, each in a process of its own: the adjusted Rand index of
k-means (k-medoids) with as many clusters as there are kinds against the truth, mean and range of
three seeds; seconds for one seed, imports and compilation included; peak memory of the process,
input included.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from customer_segments.clustering import bank, dtw, kmedoids
from customer_segments.clustering.preparation import mean_and_scale
from customer_segments.clustering.sequences import read_sequences

# The tests draw such accounts, too.
sys.path.append(str(Path(__file__).parents[1] / "tests/python/clustering"))
from sequence_data import FEATURES, KINDS, planted_accounts

ACCOUNTS, MONTHS = 4_500, 72
SEEDS = 3
SUMMARY, MEDOIDS, MATRIX = "summary", "summary, k-medoids", "dtw, rows of the matrix"


def labels(name: str, features: pd.DataFrame, periods: pd.DataFrame) -> Callable[[int], np.ndarray]:
    """Return the function from a seed to labels, in the representation of this name."""
    points = features[FEATURES].to_numpy()
    mean, scale = mean_and_scale(points)
    points = (points - mean) / scale
    if name == MEDOIDS:
        return lambda seed: kmedoids.KMedoids(len(KINDS)).fit(points).labels_
    if name == SUMMARY:
        return lambda seed: clusters(points, seed)
    ids = features["customer_id"].tolist()
    sequences = read_sequences(periods, "bank", ids, bank.MEASURES)
    warping = dtw.TimeWarping()
    if name == MATRIX:
        distances = warping.distances(sequences)
        return lambda seed: clusters(distances, seed)
    accounts = bank.Accounts(
        sequences,
        bank.standardised(features, bank.STATIC),
        bank.standardised(features, bank.RFM),
        bank.LstmAutoencoder(),
        warping,
    )
    return lambda seed: clusters(accounts.space(name, seed)[0], seed)


def clusters(points: np.ndarray, seed: int) -> np.ndarray:
    """Return the labels of k-means with as many clusters as there are kinds."""
    return KMeans(len(KINDS), n_init=10, random_state=seed).fit(points).labels_


def measure(name: str, count: int, months: int) -> None:
    """Print the line of one representation."""
    features, periods, truth = planted_accounts(count, months)
    started = time.perf_counter()
    label = labels(name, features, periods)
    found = [adjusted_rand_score(truth, label(0))]
    seconds = time.perf_counter() - started
    found += [adjusted_rand_score(truth, label(seed)) for seed in range(1, SEEDS)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{name:<24} ARI {np.mean(found):.3f} ({min(found):.3f} to {max(found):.3f}),"
        f" {seconds:6.1f} s, {peak:.2f} GB",
        flush=True,
    )


def names(count: int) -> Iterator[str]:
    """Yield what can be tried with so many accounts."""
    yield SUMMARY
    if count <= kmedoids.MAX_ROWS:
        yield MEDOIDS
    for space in bank.PARTS:
        # Above the limit `dtw` is `dtw_landmarks`.
        if space != "dtw_landmarks" or count <= dtw.MAX_EXACT_ROWS:
            yield space
    if count <= dtw.MAX_EXACT_ROWS:
        yield MATRIX


def main(arguments: list[str]) -> None:
    """Measure every representation, each in a process of its own."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    given = [int(argument) for argument in arguments]
    count, months = given + [ACCOUNTS, MONTHS][len(given) :]
    print(f"{count:,} accounts of {len(KINDS)} kinds, {months} months", flush=True)
    for name in names(count):
        process = multiprocessing.get_context("spawn").Process(
            target=measure, args=(name, count, months)
        )
        process.start()
        process.join()


if __name__ == "__main__":
    main(sys.argv[1:])
