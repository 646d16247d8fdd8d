"""Recomputed against stored: every column of every public table keyed by customer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import duckdb

from customer_segments.passport.cells import cells_of, identifier
from customer_segments.passport.judging import REJECTED, Source
from customer_segments.passport.measures import shown
from customer_segments.passport.raw_tables import TABLES
from customer_segments.passport.recompute import Recomputed
from customer_segments.passport.records import Entry, Facts

TABLE_KEYS = {
    "customers": (),
    "customer_recency": (),
    "customer_frequency": (),
    "customer_monetary": (),
    "customer_engagement": (),
    "customer_scores": (),
    "customer_grid_segments": ("grid",),
    "customer_segments": ("segmentation",),
    "programme_outlook": ("programme",),
    "credit_card_customers": (),
}
"""Public tables keyed by customer, and what their keys hold beside the customer."""

NO_ROW = "the warehouse has no such row"

CLOSE_ENOUGH = 1.5e-9
"""Distances have nine decimals, and the ninth may be rounded the other way."""

Row = dict[str, Any]

Stored = dict[str, dict[str, list[Row]]]
"""By table and key within the customer, the rows: one, if all is well."""

RejectedKey = tuple[str, str, frozenset[tuple[str, str | None]]]
"""Table, file and cells of a rejected row."""

Rejections = dict[str, Counter[tuple[RejectedKey, str]]]
"""By customer, how often a row is rejected for a reason."""

REJECTED_ROWS = """
select {named} as customer_id, source_file, raw_row, rejection_reason from marts.rejected_rows
where
    source_system = ? and source_table = ? and rejection_reason <> 'malformed_line'
    and (? or list_contains(cast(? as varchar[]), {named}))
"""

# Which column of theirs names the customer, only the mapping knows.
REJECTED_CUSTOM_ROWS = """
select named.customer_id, rejected.source_file, rejected.raw_row, rejected.rejection_reason
from marts.rejected_rows as rejected
inner join (
    select distinct source_system, source_file, raw_row, customer_id
    from staging.stg_custom__{kind}
    where customer_id is not null
) as named using (source_system, source_file, raw_row)
where
    rejected.source_system = ? and rejected.source_table = ?
    and (? or list_contains(cast(? as varchar[]), named.customer_id))
"""


@dataclass(frozen=True)
class Difference:
    """Where the warehouse does not say what was recomputed.

    Attributes:
        table: of schema marts.
        key: which row of the customer; empty where there is one.
        column: which column; empty for a whole row.
        recomputed: what should be there.
        stored: what is there.
        words: what differs, for the reader.
        is_value: whether one value stands against another.
    """

    table: str
    key: str
    column: str
    recomputed: Any
    stored: Any
    words: str
    is_value: bool = False

    def __str__(self) -> str:
        place = f"marts.{self.table}" + (f" ({self.key})" if self.key else "")
        return f"{place}{'.' if self.column else ''}{self.column}: {self.words}"


def stored_rows(
    connection: duckdb.DuckDBPyConnection, source_system: str, ids: Collection[str] | None = None
) -> dict[str, Stored]:
    """Rows of the public tables by customer; of all customers for None."""
    found: dict[str, Stored] = {}
    for table, key in TABLE_KEYS.items():
        sql = f"select * from marts.{table} where source_system = ?"
        parameters: list[Any] = [source_system]
        if ids is not None:
            sql += " and customer_id in (select unnest(cast(? as varchar[])))"
            parameters.append(sorted(ids))
        result = connection.execute(sql, parameters)
        names = [column[0] for column in result.description]
        for values in result.fetchall():
            row = dict(zip(names, values, strict=True))
            rows = found.setdefault(row["customer_id"], {}).setdefault(table, {})
            rows.setdefault("".join(row[name] for name in key), []).append(row)
    return found


def differences(recomputed: Recomputed, stored: Stored) -> list[Difference]:
    """Compare one customer's rows with those of the warehouse."""
    found: list[Difference] = []
    for table in TABLE_KEYS:
        expected, present = recomputed.tables.get(table, {}), stored.get(table, {})
        for key in sorted(expected.keys() | present.keys()):
            found += _row_differences(table, key, expected.get(key), present.get(key, []))
    return found


def is_same(recomputed: Any, stored: Any) -> bool:
    """Equal; DOUBLEs to nine decimals."""
    if isinstance(recomputed, float) and isinstance(stored, float):
        return math.isclose(recomputed, stored, rel_tol=0, abs_tol=CLOSE_ENOUGH)
    return recomputed == stored


def stored_rejections(source: Source, ids: Collection[str] | None = None) -> Rejections:
    """Rejected rows and their reasons, by the customer whom the row names; of all for None."""
    found: Rejections = {}
    for table, sql in _rejection_queries(source):
        parameters = [source.system, table, ids is None, sorted(ids or ())]
        for named, file, raw_row, reason in source.warehouse.execute(sql, parameters).fetchall():
            if (customer_id := identifier(named)) is not None:
                rejections = found.setdefault(customer_id, Counter())
                rejections[rejected_key(table, file, cells_of(raw_row)), reason] += 1
    return found


def rejection_differences(
    entries: Iterable[Entry], stored: Mapping[tuple[RejectedKey, str], int]
) -> list[Difference]:
    """Compare rejected rows that name a customer, and why, with those of the warehouse."""
    nameless = {table.name for table in TABLES if table.customer_column is None}
    recomputed = Counter(
        (rejected_key(entry.row.table, entry.row.file, entry.row.cells), entry.note)
        for entry in entries
        if entry.fate == REJECTED and entry.row.table not in nameless
    )
    missing, surplus = recomputed - Counter(stored), Counter(stored) - recomputed
    return [
        *(_rejection(key, reason, None) for key, reason in missing.elements()),
        *(_rejection(key, None, reason) for key, reason in surplus.elements()),
    ]


def rejected_key(table: str, file: str, cells: Mapping[str, str | None]) -> RejectedKey:
    """What makes two rejected rows the same."""
    return table, file, frozenset(cells.items())


def _rejection_queries(source: Source) -> Iterator[tuple[str, str]]:
    """Raw tables that name customers, each with the query for its rejected rows."""
    for table in TABLES:
        if table.source_system == source.system and table.customer_column is not None:
            cell = f"json_extract_string(raw_row, '$.\"{table.customer_column}\"')"
            yield table.name, REJECTED_ROWS.format(named=table.id_in_sql(cell))
    for kind, system in source.settings.custom:
        if system == source.system:
            yield kind, REJECTED_CUSTOM_ROWS.format(kind=kind)


def _row_differences(
    table: str, key: str, expected: Facts | None, present: list[Row]
) -> list[Difference]:
    if expected is None:
        words = "the warehouse has a row, there should be none"
        return [Difference(table, key, "", None, present, words)]
    if len(present) != 1:
        words = f"the warehouse has {len(present)} such rows" if present else NO_ROW
        return [Difference(table, key, "", expected, present, words)]
    (row,) = present
    found = [
        Difference(table, key, name, None, row[name], "nothing recomputes this column")
        for name in row.keys() - expected.keys()
    ]
    for name, fact in expected.items():
        if name not in row:
            words = "the warehouse has no such column"
            found.append(Difference(table, key, name, fact.value, None, words))
        elif not is_same(fact.value, row[name]):
            words = f"warehouse has {in_words(row[name])}"
            found.append(Difference(table, key, name, fact.value, row[name], words, is_value=True))
    return found


def _rejection(key: RejectedKey, recomputed: str | None, stored: str | None) -> Difference:
    table, file, cells = key
    row = ", ".join(f"{name}: {cell}" for name, cell in sorted(cells) if cell is not None)
    words = (
        f"the warehouse does not reject as {recomputed}: {file}, {row}"
        if stored is None
        else f"the warehouse rejects as {stored}: {file}, {row}"
    )
    return Difference("rejected_rows", table, "rejection_reason", recomputed, stored, words)


def in_words(value: Any) -> str:
    """A value as the report shows it; null for None."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int():
            return f"{value:,}"
        case Decimal():
            return shown(value)
        case float():
            return f"{value:.9f}"
    return str(value)
