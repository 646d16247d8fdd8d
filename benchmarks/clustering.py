"""k-means: choosing k, fitting and assigning, ours and the libraries'."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.harness import Contender, Line, compete

K = 5
FEATURES = ["recency_log", "frequency_log", "monetary_log"]

# Whoever fits well finds the same sum of squares; the last digit is the luck of the starts.
COLUMNS = {"inertia_per_customer": "decimal(18, 2)"}


def customers(folder: Path, count: int) -> Path:
    """Write features of `count` customers, skewed as such features are, and return the file."""
    rng = np.random.default_rng(0)
    columns = {
        name: np.log1p(rng.gamma(shape, 50.0, size=count)).round(6)
        for name, shape in zip(FEATURES, (1.0, 0.6, 1.5), strict=True)
    }
    ids = pa.array(np.char.mod("C%08d", np.arange(count)))
    file = folder / f"customers_{count}.parquet"
    pq.write_table(pa.table({"customer_id": ids} | columns), file)
    return file


def run(folder: Path, count: int, runs: int, limit_seconds: float) -> list[Line]:
    """Generate, and let everybody fit k = 5 with 20 starts; then choose k.

    Args:
        folder: existing.
        count: customers.
        runs: timed ones.
        limit_seconds: of patience per run.
    """
    work = {"file": str(customers(folder, count)), "k": K}
    choice = {**work, "k": None}
    contenders = [
        Contender("scikit-learn, 5 segments", "benchmarks.peer_scikit_learn:fit", work),
        Contender(
            "this project, 5 segments with model card and rules",
            "benchmarks.clustering:fit",
            work,
        ),
        Contender("faiss, 5 segments", "benchmarks.peer_faiss:fit", work, is_peer=True),
        Contender(
            "scikit-learn, silhouettes of 2 to 12 on 5,000 customers",
            "benchmarks.peer_scikit_learn:choose",
            choice,
            is_compared=False,
        ),
        Contender(
            "this project, choosing k by its policy",
            "benchmarks.clustering:fit",
            choice,
            is_compared=False,
        ),
    ]
    return compete(
        contenders, folder=folder, columns=COLUMNS, runs=runs, limit_seconds=limit_seconds
    )


def fit(file: str, k: int | None, result: str | None = None) -> None:
    """Fit as the model `fit_rfm_kmeans` does."""
    from customer_segments.clustering import fit_kmeans_segmentation

    frame = pq.read_table(file).to_pandas().assign(source_system="generated")
    long = fit_kmeans_segmentation(frame, feature_names=FEATURES, k=k)
    if result:
        distances = long.loc[long["record_kind"] == "assignment", "value"].to_numpy()
        pq.write_table(pa.table({"inertia_per_customer": [float((distances**2).mean())]}), result)
