"""The lineage of a warehouse, read off the SQL that its builds kept; refused if it is not whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa

from customer_segments.lineage.paths import LineageRow
from customer_segments.lineage.project import Facts, Lineage, trace_project
from customer_segments.lineage.refusals import UntraceableSqlError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SCHEMA = pa.schema(
    [pa.field(name, pa.int64() if name == "depth" else pa.string()) for name in LineageRow._fields]
)


class LineageError(Exception):
    """The lineage is not whole; the message names every column, model or line, and the fix."""


def kept_models(
    connection: DuckDBPyConnection,
) -> tuple[list[Facts], dict[str, str], dict[str, list[str]]]:
    """What `keep_compiled_model()` kept: the arguments of `trace_project`."""
    nodes: dict[str, Facts] = {}
    compiled = {}
    kept = connection.execute(
        "select unique_id, facts, reads, compiled_sql from operations.compiled_models"
        " order by unique_id"
    ).fetchall()
    for unique_id, facts, reads, sql in kept:
        for node in (*json.loads(reads), json.loads(facts)):
            nodes[node["unique_id"]] = node
        if sql is not None:
            compiled[unique_id] = sql
    columns = connection.execute(
        "select table_schema || '.' || table_name, list(column_name order by ordinal_position)"
        " from information_schema.columns where table_catalog = current_database() group by all"
    ).fetchall()
    return list(nodes.values()), compiled, dict(columns)


def trace_warehouse(connection: DuckDBPyConnection) -> Lineage:
    """Trace every column of the public tables of a warehouse.

    Raises:
        LineageError: a column comes from nowhere, SQL is missing or cannot be followed, or a
            declaration is wrong.
    """
    try:
        lineage = trace_project(*kept_models(connection))
    except UntraceableSqlError as error:
        raise LineageError("\n".join([str(error), *getattr(error, "__notes__", ())])) from error
    if lineage.problems:
        raise LineageError("The lineage is not whole:\n" + "\n".join(lineage.problems))
    return lineage


def lineage_table(lineage: Lineage) -> pa.Table:
    """The rows as a table: one column per field of `LineageRow`, `depth` an integer, else text."""
    return pa.Table.from_pylist([row._asdict() for row in lineage.rows], schema=SCHEMA)
