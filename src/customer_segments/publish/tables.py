"""A public table as PostgreSQL is to have it, and how DuckDB's values are written for COPY."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from customer_segments.publish.errors import PublishError

# The spelling of format_type(), by which the tables that stand in PostgreSQL are compared.
TYPES = {
    "BOOLEAN": "boolean",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "numeric(39,0)",
    "UTINYINT": "smallint",
    "USMALLINT": "integer",
    "UINTEGER": "bigint",
    "UBIGINT": "numeric(20,0)",
    "UHUGEINT": "numeric(39,0)",
    "FLOAT": "real",
    "DOUBLE": "double precision",
    "VARCHAR": "text",
    "JSON": "json",
    "UUID": "uuid",
    "DATE": "date",
    "TIME": "time without time zone",
    "TIMESTAMP_S": "timestamp(0) without time zone",
    "TIMESTAMP_MS": "timestamp(3) without time zone",
    "TIMESTAMP": "timestamp without time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
}
"""DuckDB's type, and the one of PostgreSQL that holds each of its values exactly."""

DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")

NAME_BYTES = 54
"""PostgreSQL cuts names at 63 bytes; tables and keys get suffixes while they are new."""


@dataclass(frozen=True)
class Column:
    """A column of a public table.

    Attributes:
        name: of it.
        data_type: of PostgreSQL, as format_type() spells it.
        is_nullable: False where the warehouse says `not null`.
        comment: None where there is none.
    """

    name: str
    data_type: str
    is_nullable: bool
    comment: str | None


@dataclass(frozen=True)
class Table:
    """A public table.

    Attributes:
        name: of it.
        columns: in order.
        key: columns that identify a row; empty where the warehouse knows none.
        comment: None where there is none.
        row_count: of it.
        lines: the rows as CSV in UTF-8, without header, some thousand at a time; called before the
            copy begins.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    comment: str | None
    row_count: int
    lines: Callable[[], Iterable[bytes | memoryview]]

    @property
    def has_primary_key(self) -> bool:
        """Whether no column of the key may be null; else the key is a unique constraint."""
        nullable = {column.name for column in self.columns if column.is_nullable}
        return bool(self.key) and not nullable.intersection(self.key)

    @property
    def structure(self) -> tuple[object, ...]:
        """What must be equal for rows of this table to be those of another."""
        columns = tuple((it.name, it.data_type, not it.is_nullable) for it in self.columns)
        return columns, self.key, self.has_primary_key


def postgres_type(data_type: str) -> str | None:
    """PostgreSQL's type for one of DuckDB; None where it has none that holds every value."""
    if decimal := DECIMAL.fullmatch(data_type):
        return f"numeric({decimal[1]},{decimal[2]})"
    if data_type.startswith("ENUM("):
        return "text"
    return TYPES.get(data_type)


def csv_field(column: str, data_type: str) -> str:
    """SQL of DuckDB that writes a value as a field of CSV, null as nothing at all.

    Text is quoted, so that an empty one is no null. PostgreSQL cannot hold the character NUL, which
    a broken raw file may bring into `rejected_rows`: U+FFFD, the replacement character, stands in.
    """
    if data_type not in ("text", "json"):
        return f"coalesce(cast({column} as varchar), '')"
    text = f"replace(replace(cast({column} as varchar), '\"', '\"\"'), chr(0), chr(65533))"
    return f"coalesce('\"' || {text} || '\"', '')"


def check_names(tables: list[Table]) -> None:
    """Refuse names that PostgreSQL would cut, which might make two of one.

    Raises:
        PublishError: it names them.
    """
    names = {table.name for table in tables}
    names |= {column.name for table in tables for column in table.columns}
    long = sorted(name for name in names if len(name.encode()) > NAME_BYTES)
    if long:
        raise PublishError(f"Names of more than {NAME_BYTES} bytes: {', '.join(long)}.")
