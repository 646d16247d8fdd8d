"""The lineage of the sample build."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from builds import Builder, Warehouse

from customer_segments.lineage import Lineage, read_compiled, trace_project


@dataclass(frozen=True)
class Traced:
    """What was traced, and from what."""

    manifest: dict[str, Any]
    compiled: dict[str, str]
    columns: dict[str, list[str]]
    lineage: Lineage


def fit(segmentation: str, logs: list[str], raw: list[str]) -> dict[str, Any]:
    """What a KMeans fit learns from: what it clusters, and what its rule card speaks of."""
    features = f"features_{segmentation}"
    clustered = [f"{features}.{column}" for column in logs]
    return {
        "per_source_system": True,
        "inputs": {
            "source_system": f"{features}.source_system",
            "customer_id": f"{features}.customer_id",
            "segment_id": clustered,
            "candidate_id": clustered,
            "value": clustered + [f"{features}.{column}" for column in raw],
            "text": clustered + [f"{features}.{column}" for column in raw],
        },
        "constants": {
            "record_kind": "Says what kind of fact a row is.",
            "feature": "Names a feature.",
            "name": "Names the fact.",
        },
    }


DECLARATIONS = {
    "operations.builds": {"clock": "Written by the project's hooks when a run starts and ends."},
    "fit_rfm_kmeans": fit(
        "rfm",
        ["recency_log", "frequency_log", "monetary_log"],
        ["recency_days", "order_count", "monetary_amount"],
    ),
    "fit_rfe_kmeans": fit(
        "rfe",
        ["recency_log", "frequency_log", "engagement_log"],
        ["recency_days", "interaction_count", "session_count"],
    ),
    # Its SQL has a branch for each rule that was found.
    "segment_rule_cards": {"inputs": {"*": ["fit_rfm_kmeans.text", "fit_rfe_kmeans.text"]}},
}


@pytest.fixture(scope="session")
def traced(sample: Warehouse, build: Builder) -> Traced:
    arguments = build.arguments(build.folder / "sample", build.environment(), tests="all")
    target = Path(arguments[arguments.index("--target-path") + 1])
    manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    columns = dict(
        sample.query(
            "select table_schema || '.' || table_name,"
            " list(column_name order by ordinal_position)"
            " from information_schema.columns group by all"
        )
    )
    compiled = read_compiled(manifest, target)
    lineage = trace_project(manifest, compiled, columns, DECLARATIONS)
    return Traced(manifest, compiled, columns, lineage)
