"""A file in, a proposal out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from proposals import Look

from customer_segments.onboarding.draft import Draft
from customer_segments.onboarding.proposal import propose
from customer_segments.onboarding.reading import open_source
from customer_segments.onboarding.settings import parse_settings


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


@pytest.fixture
def look(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> Look:
    """Write lines to a file, or take a file that is there; return the proposal for it."""

    def look(
        lines: str | Path, *settings: str, name: str = "shop.csv", kind: str | None = None
    ) -> Draft:
        path = lines if isinstance(lines, Path) else tmp_path / name
        if isinstance(lines, str):
            path.write_text(lines, encoding="utf-8")
        parsed = parse_settings(settings)
        connection.execute("drop table if exists records")
        source = open_source(connection, str(path), parsed.text("delimiter"))
        return propose(connection, source, parsed, kind)

    return look
