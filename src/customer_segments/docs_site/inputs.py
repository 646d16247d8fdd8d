"""What the site is made from, and errors that say what to do where some of it is missing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from customer_segments.warehouse import connect

Manifest = Mapping[str, Any]
"""dbt's manifest.json."""

Catalog = Mapping[str, Any]
"""dbt's catalog.json."""

LINEAGE = "marts.attribute_lineage"


class SiteError(Exception):
    """The site cannot be written; the message names what is missing, and the fix."""


@dataclass(frozen=True)
class DbtFiles:
    """What `dbt docs generate --static` left in its target folder."""

    manifest: Manifest
    catalog: Catalog
    page: str


def read_dbt_files(target: Path) -> DbtFiles:
    """Read dbt's files.

    Raises:
        SiteError: one of them is missing.
    """
    return DbtFiles(
        json.loads(_read(target / "manifest.json")),
        json.loads(_read(target / "catalog.json")),
        _read(target / "static_index.html"),
    )


def _read(path: Path) -> str:
    if not path.is_file():
        raise SiteError(f"{path} does not exist. Run `dbt docs generate --static`, or `make docs`.")
    return path.read_text(encoding="utf-8")


@contextmanager
def open_warehouse(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse for reading, if its tables are from one run.

    Raises:
        WarehouseError: it cannot be opened.
        SiteError: its tables are of different runs, or it has no lineage.
    """
    with connect(path, read_only=True) as connection:
        try:
            statuses = connection.execute("select is_mixed from marts.build_status").fetchall()
            connection.execute(f"select path from {LINEAGE} limit 0")
        except duckdb.CatalogException as error:
            reason = str(error).splitlines()[0]
            raise SiteError(f"{path} is not whole ({reason}). Run `make build`.") from error
        if statuses != [(False,)]:
            raise SiteError(
                f"The tables in {path} are of different runs (marts.build_status), so a page about"
                " them would be wrong. Run `make build`."
            )
        yield connection
