"""Assigning customers to a stored model: the build's SQL, and scikit-learn's predict."""

from __future__ import annotations

import math
from pathlib import Path

import duckdb

from benchmarks.clustering import FEATURES, customers
from benchmarks.harness import Contender, Line, compete

COLUMNS = {"customer_id": "varchar", "segment_id": "bigint"}

MEAN, SCALE = 4.0, 1.5
CENTROIDS = [
    [round(math.sin(7 * segment + 3 * feature), 6) for feature in range(1, 4)]
    for segment in range(1, 6)
]

# What the model rfm_kmeans_assignments reads.
TABLES = """
create schema features;
create schema segmentation;
create table features.features_rfm as
select
    'bench' as source_system, customer_id, date '2025-01-01' as as_of_date, true as is_in_fit,
    {features}
from '{file}';
create table segmentation.fit_rfm_kmeans (
    record_kind varchar, source_system varchar, customer_id varchar, segment_id bigint,
    node_id bigint, feature varchar, candidate_id varchar, name varchar, value double, text varchar
);
"""

FOUND = "select customer_id, segment_id from segmentation.rfm_kmeans_assignments"


def run(folder: Path, count: int, runs: int, limit_seconds: float) -> list[Line]:
    """Generate, and assign everybody.

    Args:
        folder: existing.
        count: customers.
        runs: timed ones.
        limit_seconds: of patience per run.
    """
    file = customers(folder, count)
    home = folder / "assigned"
    home.mkdir()
    with duckdb.connect(str(home / "warehouse.duckdb")) as warehouse:
        features = ", ".join(f"cast({name} as decimal(18, 6)) as {name}" for name in FEATURES)
        warehouse.execute(TABLES.format(features=features, file=file))
        facts = [
            ("centroid", "bench", segment, feature, name, value)
            for segment, centroid in enumerate(CENTROIDS, start=1)
            for feature, place in zip(FEATURES, centroid, strict=True)
            for name, value in (("mean", MEAN), ("scale", SCALE), ("centroid", place))
        ]
        warehouse.executemany(
            "insert into segmentation.fit_rfm_kmeans"
            " (record_kind, source_system, segment_id, feature, name, value)"
            " values (?, ?, ?, ?, ?, ?)",
            facts,
        )
    contenders = [
        Contender(
            "scikit-learn, predict on arrays in memory",
            "benchmarks.peer_scikit_learn:predict",
            {"file": str(file), "centroids": CENTROIDS},
        ),
        Contender(
            "this project, model rfm_kmeans_assignments with distances",
            "benchmarks.project:dbt",
            {
                "command": "run",
                "folder": str(home),
                "select": "rfm_kmeans_assignments",
                "fresh": False,
                "query": FOUND,
            },
        ),
    ]
    return compete(
        contenders, folder=folder, columns=COLUMNS, runs=runs, limit_seconds=limit_seconds
    )
