"""Builds that several test modules look at; tests of what a machine has not, refused or skipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from builds import AS_OF_SETTING, REAL_SYSTEMS, Builder, Warehouse
from machine import missing, real_data_dir

# Who uses the fixture has the marker.
MARKERS = {"browser": "browser", "cluster": "postgresql"}


def pytest_configure() -> None:
    reasons = [reason for _, reason in missing()]
    if reasons and os.environ.get("REQUIRE_ALL") == "1":
        raise pytest.UsageError("\n".join(["REQUIRE_ALL=1, but:", *reasons]))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reasons = dict(missing())
    for item in items:
        for fixture in MARKERS.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(MARKERS[fixture])
        for marker in reasons.keys() & {mark.name for mark in item.iter_markers()}:
            item.add_marker(pytest.mark.skip(reason=reasons[marker]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    for _, reason in missing():
        if count := sum(reason in why for why in skipped):
            terminalreporter.write_sep("!", red=True, bold=True)
            terminalreporter.write_line(f"{reason} {count} tests skipped.", red=True, bold=True)
            terminalreporter.write_sep("!", red=True, bold=True)


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    return Builder(tmp_path_factory.mktemp("warehouses"), shared / "shared")


@pytest.fixture(scope="session")
def sample(build: Builder) -> Warehouse:
    """All five source systems on the sample data, with every test of dbt."""
    return build.once("sample", tests="all")


@pytest.fixture(scope="session")
def past(build: Builder) -> Warehouse:
    """The sample as of a date in the middle of each system's data."""
    return build.once("past", as_of_date=AS_OF_SETTING, tests="data", lineage=True)


@pytest.fixture(scope="session")
def segmented(build: Builder) -> Warehouse:
    """The sample with the settings of whoever sets none: all numbers of segments and methods."""
    settings = {"segmentation_k_max": 12, "candidate_search": "chosen"}
    return build.once("segmented", variables=settings, tests="data", lineage=True)


@pytest.fixture(scope="session")
def real_data() -> Path:
    return real_data_dir()


@pytest.fixture(scope="session")
def real(build: Builder, real_data: Path) -> Warehouse:
    """The four source systems with real data, all numbers of segments, every data test of dbt."""
    return build.once(
        "real",
        data_dir=real_data,
        source_systems=REAL_SYSTEMS,
        variables={"segmentation_k_max": 12},
        tests="data",
        lineage=True,
    )
