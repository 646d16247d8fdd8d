"""The table `publications`, which says what stands in the schema, and what stood there before."""

from __future__ import annotations

import csv
import io
import json

import psycopg
from psycopg import sql

from customer_segments.publish.errors import PublishError
from customer_segments.publish.server import Relation
from customer_segments.publish.source import Build
from customer_segments.publish.tables import Column, Table

NAME = "publications"

COMMENT = "One row per publication by `make publish`: the last one is what stands in this schema."

COLUMNS = (
    Column("published_at", "timestamp with time zone", False, "When its tables were complete."),
    Column("build_id", "text", False, "Id of the dbt run that made the tables."),
    Column("built_at", "timestamp without time zone", False, "When that run ended, in UTC."),
    Column("source_systems", "text", False, "The source systems in it, comma-separated."),
    Column("as_of_dates", "text", False, "Their as-of dates, as env AS_OF_DATE takes them."),
    Column("published_by", "text", False, "The role that published."),
    Column("row_counts", "json", False, "Rows of each table that was published."),
)

SELECT = """
select published_at::text, build_id, built_at::text, source_systems, as_of_dates, published_by,
    row_counts::text
from {}
order by published_at
"""

NOW = "select clock_timestamp()::text, current_user::text"

Row = tuple[str, ...]


def read_history(
    connection: psycopg.Connection, schema: str, standing: Relation | None
) -> list[Row]:
    """The publications so far.

    Raises:
        PublishError: a table bears the name that is none of ours.
    """
    if standing is None:
        return []
    if standing.columns != tuple((it.name, it.data_type, True) for it in COLUMNS):
        raise PublishError(
            f"{schema}.{NAME} is not the table that `make publish` keeps. Rename it, or set"
            " PUBLISH_SCHEMA to another schema."
        )
    return connection.execute(sql.SQL(SELECT).format(sql.Identifier(schema, NAME))).fetchall()


def published_tables(history: list[Row]) -> set[str]:
    """Names of the tables that were published before, and of the history itself."""
    return {name for row in history for name in json.loads(row[-1])} | (
        {NAME} if history else set()
    )


def history_table(
    connection: psycopg.Connection, history: list[Row], build: Build, tables: list[Table]
) -> Table:
    """The history with one publication more, which happens when its lines are read."""

    def lines() -> list[bytes]:
        published_at, published_by = connection.execute(NOW).fetchone() or ()
        row = (
            published_at,
            build.build_id,
            build.built_at.isoformat(sep=" "),
            build.source_systems,
            build.as_of_dates,
            published_by,
            json.dumps({table.name: table.row_count for table in tables}),
        )
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([*history, row])
        return [text.getvalue().encode()]

    return Table(NAME, COLUMNS, ("published_at",), COMMENT, len(history) + 1, lines)
