"""The lineage of the sample build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import pytest
from builds import Warehouse

from customer_segments.lineage import Lineage, trace_warehouse


@dataclass(frozen=True)
class Traced:
    """What was traced, and the manifest of the build."""

    manifest: dict[str, Any]
    lineage: Lineage


@pytest.fixture(scope="session")
def traced(sample: Warehouse) -> Traced:
    with duckdb.connect(str(sample.path), read_only=True) as connection:
        return Traced(sample.manifest, trace_warehouse(connection))
