"""What the page Attributes shows, as one dict of plain values; `assets/model.js` reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import duckdb

from customer_segments.docs_site.definitions import (
    Node,
    Table,
    column_description,
    exposures_of,
    origins,
    owner_of,
    public_tables,
)
from customer_segments.docs_site.inputs import Catalog, Manifest
from customer_segments.docs_site.profiles import Profile, profiles
from customer_segments.docs_site.protection import Assertion, protection
from customer_segments.docs_site.ways import PackedLineage, Source, pack
from customer_segments.lineage import LineageRow

PageData = dict[str, Any]


def page_data(
    manifest: Manifest,
    catalog: Catalog,
    connection: duckdb.DuckDBPyConnection,
    rows: Iterable[LineageRow],
) -> PageData:
    """Put together what the page shows.

    Args:
        manifest: of dbt.
        catalog: of dbt.
        connection: to the warehouse.
        rows: of the lineage.

    Raises:
        SiteError: the catalog is of another state of the project.
    """
    lineage = pack(rows)
    ends = origins(manifest)
    tables = [
        _table(table, manifest, connection, lineage) for table in public_tables(manifest, catalog)
    ]
    return {
        "tables": tables,
        "nodes": lineage.nodes.items(),
        "models": _models(manifest),
        "kinds": lineage.kinds.items(),
        "sources": [_source(source, ends) for source in lineage.sources.items()],
        "cells": lineage.cells.items(),
        "ways": lineage.ways.items(),
        "clauses": [
            [*edge, [[kind, lineage.texts(text)] for kind, text in sorted(clauses.items())]]
            for edge, clauses in sorted(lineage.clauses.items())
        ],
        "texts": lineage.texts.items(),
    }


def _table(
    table: Table,
    manifest: Manifest,
    connection: duckdb.DuckDBPyConnection,
    lineage: PackedLineage,
) -> PageData:
    meta = table.node["config"]["meta"]
    group, owner = owner_of(table.node, manifest)
    tests = protection(table, manifest)
    found = profiles(connection, table)
    columns = []
    for column in table.columns:
        node = lineage.nodes((table.name, column.name))
        columns.append(
            asdict(column)
            | {
                "node": node,
                "ways": lineage.columns.get(node, []),
                "constant": lineage.constants.get(node),
                "tests": _assertions(tests.columns[column.name]),
                "profiles": [_profile(profile) for profile in found[column.name]],
            }
        )
    return {
        "name": table.name,
        "id": table.node["unique_id"],
        "description": table.node["description"].strip(),
        "group": group,
        "owner": owner,
        "grain": meta.get("grain", []),
        "derivation": meta.get("derivation", []),
        "tests": _assertions(tests.table),
        "unit_tests": _assertions(tests.unit),
        "exposures": exposures_of(table.node, manifest),
        "columns": columns,
    }


def _assertions(assertions: Iterable[Assertion]) -> list[PageData]:
    return [asdict(assertion) for assertion in assertions]


def _profile(profile: Profile) -> list[Any]:
    """The values of a profile in the order of its attributes: there are many."""
    return list(asdict(profile).values())


def _models(manifest: Manifest) -> dict[str, str]:
    """Ids of models by name, for links into dbt's page."""
    return {
        node["name"]: node["unique_id"]
        for node in sorted(manifest["nodes"].values(), key=lambda node: node["unique_id"])
        if node["resource_type"] == "model"
    }


def _source(source: Source, ends: Mapping[tuple[str | None, str], Node]) -> PageData:
    system, table, column, endpoint = source
    node = ends.get((system, table))
    return {
        "system": system,
        "table": table,
        "column": column,
        "endpoint": endpoint,
        "id": node["unique_id"] if node else None,
        "description": column_description(node, column),
        "table_description": node["description"].strip() if node else "",
    }
