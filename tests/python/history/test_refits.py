"""Monthly refits of Online Retail keep their segments; as benchmarks/identity.py, with k fixed."""

from __future__ import annotations

import importlib.util

import duckdb
import pytest
from builds import ROOT, Warehouse

pytestmark = pytest.mark.real


def test_ids_survive_monthly_refits_and_fewer_labels_change_than_in_canonical_order(
    real: Warehouse,
) -> None:
    spec = importlib.util.spec_from_file_location("refits", ROOT / "benchmarks" / "identity.py")
    benchmark = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(benchmark)
    with duckdb.connect(str(real.path), read_only=True) as connection:
        frames = benchmark.months(connection)
    # How good other k are, and this one, only takes time.
    found = list(benchmark.refits(frames, k=4, k_max=2, max_criteria_rows=300))
    assert [one.day for one in found] == benchmark.DATES[1:]
    assert all(one.events == {"survived": 4} and one.survivors == 4 for one in found)
    # No numbering could change fewer labels; canonical order changes three times as many.
    assert all(one.by_identity == one.by_best <= one.by_order for one in found)
    assert sum(one.by_order for one in found) > 2 * sum(one.by_identity for one in found)
    # What is left is mostly what customers did.
    assert all(one.behaviour > one.by_identity > 0 for one in found)
