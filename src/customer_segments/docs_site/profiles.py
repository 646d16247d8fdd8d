"""What the columns of a table hold, per source system: two scans of the table for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import duckdb

from customer_segments.docs_site.definitions import Table, quoted

EXAMPLES = 5
EXAMPLE_LENGTH = 80
MOST_COUNTED = 1000
"""Distinct values above which a column is a key or continuous: how often each occurs says little,
and counting would take memory without end."""

PART = "source_system"


@dataclass(frozen=True)
class Profile:
    """What a column holds in the rows of one source system.

    Attributes:
        source_system: None in a table that is about none, and for rows that are about none.
        row_count: of the table.
        filled_count: rows with a value.
        distinct_count: different values.
        smallest: value as text; None where there is no value.
        largest: value as text.
        examples: the most frequent values with their counts, equally frequent ones in order of
            value; of a key or a continuous column the smallest values, without counts.
    """

    source_system: str | None
    row_count: int
    filled_count: int
    distinct_count: int
    smallest: str | None
    largest: str | None
    examples: tuple[tuple[str | None, int | None], ...]


def profiles(connection: duckdb.DuckDBPyConnection, table: Table) -> dict[str, list[Profile]]:
    """Count what every column of a table holds.

    Returns:
        Profiles by column, in order of the source systems.
    """
    names = [column.name for column in table.columns]
    counts = _per_part(connection, table, map(_counts, names))
    most = [
        max((counted[position]["distinct_count"] for _, _, *counted in counts), default=0)
        for position in range(len(names))
    ]
    examples = _per_part(
        connection,
        table,
        (
            _frequent(name) if distinct_count <= MOST_COUNTED else _first(name)
            for name, distinct_count in zip(names, most, strict=True)
        ),
    )
    found: dict[str, list[Profile]] = {name: [] for name in names}
    for (part, row_count, *counted), (_, _, *seen) in zip(counts, examples, strict=True):
        for name, numbers, values in zip(names, counted, seen, strict=True):
            found[name].append(_profile(part, row_count, numbers, values))
    return found


def _per_part(
    connection: duckdb.DuckDBPyConnection, table: Table, aggregates: Iterable[str]
) -> list[tuple[Any, ...]]:
    """Source system, number of rows and aggregates, per source system."""
    has_part = any(column.name == PART for column in table.columns)
    part = quoted(PART) if has_part else "cast(null as varchar)"
    return connection.execute(
        f"select {part} as part, count(*), {', '.join(aggregates)}"
        f" from {table.relation} group by part order by part"
    ).fetchall()


def _counts(name: str) -> str:
    column = quoted(name)
    return (
        f"struct_pack(filled_count := count({column}), distinct_count := count(distinct {column}),"
        f" smallest := cast(min({column}) as varchar), largest := cast(max({column}) as varchar))"
    )


def _frequent(name: str) -> str:
    return (
        "list_transform(list_sort(list_transform("
        f"map_entries(histogram({quoted(name)})),"
        " lambda entry: struct_pack(rank := -cast(entry.value as bigint), example := entry.key)"
        f"))[:{EXAMPLES}], lambda entry: struct_pack(example := cast(entry.example as varchar),"
        " row_count := -entry.rank))"
    )


def _first(name: str) -> str:
    return (
        f"list_transform(min(distinct {quoted(name)}, {EXAMPLES}), lambda value:"
        " struct_pack(example := cast(value as varchar), row_count := cast(null as bigint)))"
    )


def _profile(
    part: str | None, row_count: int, counts: dict[str, Any], examples: list[dict[str, Any]] | None
) -> Profile:
    return Profile(
        part,
        row_count,
        counts["filled_count"],
        counts["distinct_count"],
        _short(counts["smallest"]),
        _short(counts["largest"]),
        tuple((_short(item["example"]), item["row_count"]) for item in examples or ()),
    )


def _short(value: str | None) -> str | None:
    if value is None or len(value) <= EXAMPLE_LENGTH:
        return value
    return f"{value[: EXAMPLE_LENGTH - 1]}…"
