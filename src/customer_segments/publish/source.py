"""What the warehouse has to publish: its public tables, their keys, and the build they are from."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import duckdb
import numpy as np
import pyarrow as pa

from customer_segments.publish.errors import PublishError
from customer_segments.publish.tables import (
    Column,
    Table,
    check_names,
    csv_field,
    postgres_type,
)

BATCH_ROWS = 10_000

# A model that is gone has no facts any more, though its table may still stand in the warehouse.
PUBLIC_RELATIONS = """
select
    facts ->> 'alias' as name,
    facts ->> 'schema' as schema_name,
    facts -> 'config' -> 'meta' -> 'grain' as key
from operations.compiled_models
where facts ->> 'access' = 'public'
order by name
"""

COMMENTS = """
select schema_name, table_name, comment from duckdb_tables()
where database_name = current_database()
union all
select schema_name, view_name, comment from duckdb_views()
where database_name = current_database()
"""

COLUMNS = """
select schema_name, table_name, column_name, data_type, is_nullable, comment
from duckdb_columns()
where database_name = current_database()
order by schema_name, table_name, column_index
"""


@dataclass(frozen=True)
class Build:
    """The run that made the tables.

    Attributes:
        build_id: of dbt's invocation.
        built_at: when it ended, UTC.
        source_systems: comma-separated.
        as_of_dates: as env AS_OF_DATE takes them: `bank=1996-01-01,online_retail=2011-12-10`.
    """

    build_id: str
    built_at: datetime
    source_systems: str
    as_of_dates: str


def read_build(connection: duckdb.DuckDBPyConnection) -> Build:
    """The build that the tables are from.

    Raises:
        PublishError: they are of different runs, or of none.
    """
    try:
        builds = connection.execute(
            "select build_id, finished_at, source_systems, state, is_mixed from marts.build_status"
        ).fetchall()
        as_of_dates = connection.execute(
            "select source_system, max(as_of_date) from marts.customers"
            " where as_of_date is not null group by all order by all"
        ).fetchall()
    except duckdb.CatalogException as error:
        reason = str(error).splitlines()[0]
        raise PublishError(f"The warehouse is not whole ({reason}). Run `make build`.") from error
    if not builds:
        raise PublishError("No build is on record in marts.build_status. Run `make build`.")
    build_id, built_at, source_systems, state, is_mixed = builds[0]
    if is_mixed:
        raise PublishError(
            f"The tables are not from one run: the last one is `{state}` (marts.build_status)."
            " Readers would see a mix. Run `make build` to the end."
        )
    dates = ",".join(f"{system}={day}" for system, day in as_of_dates)
    return Build(build_id, built_at, source_systems, dates)


def public_tables(connection: duckdb.DuckDBPyConnection) -> list[Table]:
    """The public tables as the warehouse knows them, by name.

    A table's key is the grain that its model declares and a test holds.

    Raises:
        PublishError: a table is missing, or PostgreSQL has no type for a column.
    """
    relations = connection.execute(PUBLIC_RELATIONS).fetchall()
    comments = {(schema, name): text for schema, name, text in _rows(connection, COMMENTS)}
    columns: dict[tuple[str, str], list[tuple[str, str, bool, str | None]]] = {}
    for schema, table, *column in _rows(connection, COLUMNS):
        columns.setdefault((schema, table), []).append(tuple(column))
    missing = [name for name, schema, _ in relations if (schema, name) not in comments]
    if missing or not relations:
        raise PublishError(
            f"The warehouse has no {', '.join(missing) or 'public tables'}. Run `make build`."
        )
    unknown = [
        f"{name}.{column} {data_type}"
        for name, schema, _ in relations
        for column, data_type, *_ in columns[schema, name]
        if postgres_type(data_type) is None
    ]
    if unknown:
        raise PublishError(f"PostgreSQL has no type that holds: {', '.join(unknown)}.")
    tables = [
        _table(connection, schema, name, key, columns[schema, name], comments[schema, name])
        for name, schema, key in relations
    ]
    check_names(tables)
    return tables


def _table(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    name: str,
    key: str | None,
    columns: list[tuple[str, str, bool, str | None]],
    comment: str | None,
) -> Table:
    relation = f"{_quoted(schema)}.{_quoted(name)}"
    described = tuple(
        Column(column, postgres_type(data_type) or "", is_nullable, _stripped(text))
        for column, data_type, is_nullable, text in columns
    )
    ((row_count,),) = _rows(connection, f"select count(*) from {relation}")
    lines = partial(csv_lines, connection, relation, described)
    return Table(
        name, described, tuple(json.loads(key or "[]")), _stripped(comment), row_count, lines
    )


def csv_lines(
    connection: duckdb.DuckDBPyConnection, relation: str, columns: tuple[Column, ...]
) -> Iterator[memoryview]:
    """The rows of a relation as CSV, written by DuckDB and never made objects of Python."""
    fields = [csv_field(_quoted(column.name), column.data_type) for column in columns]
    line = " || ',' || ".join(fields)
    query = connection.sql(f"select {line} || chr(10) as line from {relation}")
    for batch in query.to_arrow_reader(BATCH_ROWS):
        yield _characters(batch.column(0))


def _characters(lines: pa.StringArray) -> memoryview:
    """All lines of a batch at once: Arrow keeps the characters of a column side by side."""
    _, offsets, characters = lines.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[lines.offset :][: len(lines) + 1]
    return memoryview(characters)[int(ends[0]) : int(ends[-1])]


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple]:
    return connection.execute(query).fetchall()


def _stripped(comment: str | None) -> str | None:
    return (comment or "").strip() or None


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
