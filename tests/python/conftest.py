"""Builds that several test modules look at, and the real data sets, which not everybody has."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from builds import AS_OF_SETTING, ROOT, Builder, Warehouse

REAL_SYSTEMS = "online_retail,superstore,bank,credit_card"
NO_REAL_DATA = "no real data: there is no folder"


def real_data_dir() -> Path:
    folder = Path(os.environ.get("REAL_DATA_DIR") or "../shared/data")
    return folder if folder.is_absolute() else (ROOT / folder).resolve()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folder = real_data_dir()
    if folder.is_dir():
        return
    for item in items:
        if item.get_closest_marker("real"):
            item.add_marker(pytest.mark.skip(reason=f"{NO_REAL_DATA} {folder}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = terminalreporter.stats.get("skipped", [])
    skipped = [report for report in reports if NO_REAL_DATA in str(report.longrepr)]
    if skipped:
        terminalreporter.write_sep("!", red=True, bold=True)
        terminalreporter.write_line(
            f"REAL DATA NOT TESTED: {len(skipped)} tests skipped, because there is no folder"
            f" {real_data_dir()}. Point REAL_DATA_DIR to the folder of the real data sets.",
            red=True,
            bold=True,
        )
        terminalreporter.write_sep("!", red=True, bold=True)


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Builder:
    return Builder(tmp_path_factory.mktemp("warehouses"))


@pytest.fixture(scope="session")
def sample(build: Builder) -> Warehouse:
    """All five source systems on the sample data, with every test of dbt."""
    return build("sample", tests="all")


@pytest.fixture(scope="session")
def past(build: Builder) -> Warehouse:
    """The sample as of a date in the middle of each system's data."""
    return build("past", as_of_date=AS_OF_SETTING, tests="data")


@pytest.fixture(scope="session")
def real_data() -> Path:
    return real_data_dir()


@pytest.fixture(scope="session")
def real(build: Builder, real_data: Path) -> Warehouse:
    """The four source systems with real data, with every data test of dbt."""
    return build("real", data_dir=real_data, source_systems=REAL_SYSTEMS, tests="data")
