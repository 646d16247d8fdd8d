"""The passport of one customer: recomputed values beside those of the warehouse, with receipts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import duckdb

from customer_segments.passport.comparison import (
    TABLE_KEYS,
    Difference,
    differences,
    rejection_differences,
    stored_rejections,
    stored_rows,
)
from customer_segments.passport.errors import PassportError
from customer_segments.passport.judging import AFTER, REJECTED
from customer_segments.passport.raw_tables import TABLES
from customer_segments.passport.recompute import Recomputation, Recomputed, recomputation
from customer_segments.passport.records import Entry, Fact
from customer_segments.passport.segments import Placement

NEAREST_COUNT = 5

KEYS = ("source_system", "customer_id")
THEMES = {
    "customer_recency": "Recency",
    "customer_frequency": "Frequency",
    "customer_monetary": "Money",
    "customer_engagement": "Engagement",
    "customer_scores": "Scores",
    "customer_grid_segments": "Grid",
    "customer_segments": "Segmentation",
    "programme_outlook": "Programme",
    "credit_card_customers": "As published",
}

NEAREST = """
select customer_id from marts.customers
where source_system = ?
order by levenshtein(customer_id, ?), customer_id
limit ?
"""


@dataclass(frozen=True)
class Line:
    """One value.

    Attributes:
        column: its name.
        fact: the value, how it was computed, from which rows.
        tables: of schema marts, where it stands.
        differences: from what stands there; none where they agree.
    """

    column: str
    fact: Fact
    tables: tuple[str, ...]
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Section:
    """The values of one theme, and for a segmentation what led to them."""

    title: str
    lines: tuple[Line, ...]
    placement: Placement | None = None


@dataclass(frozen=True)
class NumberedEntry:
    """A raw row of the customer under the number that values refer to."""

    number: int
    entry: Entry


@dataclass(frozen=True)
class Passport:
    """Everything about one customer.

    Attributes:
        source_system: half of the key.
        customer_id: the other half.
        as_of_date: of every number; None without dates.
        built_at: when the last build began.
        is_staged: True where rows are those of a custom source, as staged.
        sections: the values by theme.
        entries: the raw rows, numbered from 1.
        differences: everything in which the warehouse differs.
    """

    source_system: str
    customer_id: str
    as_of_date: date | None
    built_at: datetime
    is_staged: bool
    sections: tuple[Section, ...]
    entries: tuple[NumberedEntry, ...]
    differences: tuple[Difference, ...]

    @property
    def value_count(self) -> int:
        """Values that were compared, each once however often it is stored."""
        return sum(len(section.lines) for section in self.sections)


def make_passport(
    connection: duckdb.DuckDBPyConnection, source_system: str, customer_id: str
) -> Passport:
    """Recompute a customer and compare.

    Args:
        connection: to the warehouse.
        source_system: half of the key.
        customer_id: the other half, exactly as in the raw rows.

    Raises:
        PassportError: there is no such source system or customer, or what it takes to explain one
            is not there any more.
    """
    with recomputation(connection, source_system) as found:
        recomputed = found.customers([customer_id]).get(customer_id)
        stored = stored_rows(connection, source_system, [customer_id]).get(customer_id, {})
        if recomputed is None and not stored:
            raise PassportError(_unknown(connection, source_system, customer_id))
        if recomputed is None:
            raise PassportError(
                f"The warehouse has a customer '{customer_id}' of {source_system}, but no row of"
                " the raw files names one: it was built from others. Run `make build`."
            )
        if not recomputed.tables and not stored:
            raise PassportError(_no_customer(recomputed, source_system, customer_id))
        rejections = stored_rejections(found.source, [customer_id])
        found_differences = (
            *differences(recomputed, stored),
            *rejection_differences(recomputed.history.entries, rejections.get(customer_id, {})),
        )
        return _passport(found, customer_id, recomputed, found_differences)


def _passport(
    found: Recomputation,
    customer_id: str,
    recomputed: Recomputed,
    found_differences: tuple[Difference, ...],
) -> Passport:
    source = found.source
    return Passport(
        source_system=source.system,
        customer_id=customer_id,
        as_of_date=source.as_of,
        built_at=source.settings.started_at,
        is_staged=not found.raw_tables,
        sections=tuple(_sections(recomputed, found_differences)),
        entries=tuple(_numbered(recomputed.history.entries)),
        differences=found_differences,
    )


def _sections(recomputed: Recomputed, found_differences: Iterable[Difference]) -> Iterator[Section]:
    """Each fact once, under the most particular table that has it."""
    places = _places(recomputed)
    by_place: dict[tuple[str, str, str], list[Difference]] = {}
    for difference in found_differences:
        place = (difference.table, difference.key, difference.column)
        by_place.setdefault(place, []).append(difference)

    def line(column: str, fact: Fact) -> Line:
        own = [
            difference
            for table, key, name in places[id(fact)]
            for difference in (
                *by_place.get((table, key, name), ()),
                *by_place.get((table, key, ""), ()),
            )
        ]
        tables = tuple(dict.fromkeys(table for table, _, _ in places[id(fact)]))
        return Line(column, fact, tables, tuple(own))

    wide = recomputed.tables.get("customers", {}).get("", {})
    in_themes = {
        id(fact)
        for table in THEMES
        for row in recomputed.tables.get(table, {}).values()
        for name, fact in row.items()
        if name != "as_of_date"
    }
    who = [
        line(name, fact)
        for name, fact in wide.items()
        if name not in KEYS and id(fact) not in in_themes
    ]
    yield Section("Who", tuple(who))
    for table, title in THEMES.items():
        for key, row in recomputed.tables.get(table, {}).items():
            hidden = (*KEYS, "as_of_date", *TABLE_KEYS[table])
            lines = (line(name, fact) for name, fact in row.items() if name not in hidden)
            placement = recomputed.placements.get(key) if table == "customer_segments" else None
            yield Section(f"{title} {key}".rstrip(), tuple(lines), placement)


def _places(recomputed: Recomputed) -> Mapping[int, list[tuple[str, str, str]]]:
    """Where each fact stands: table, key and column."""
    places: dict[int, list[tuple[str, str, str]]] = {}
    for table, rows in recomputed.tables.items():
        for key, row in rows.items():
            for name, fact in row.items():
                places.setdefault(id(fact), []).append((table, key, name))
    return places


def _numbered(entries: Iterable[Entry]) -> Iterator[NumberedEntry]:
    """By table, then by day; rows of a day stay in the order of the file."""
    order = {table.name: position for position, table in enumerate(TABLES)}
    ordered = sorted(
        entries,
        key=lambda entry: (order.get(entry.row.table, len(order)), entry.day or date.min),
    )
    for number, entry in enumerate(ordered, 1):
        yield NumberedEntry(number, entry)


def _unknown(connection: duckdb.DuckDBPyConnection, source_system: str, customer_id: str) -> str:
    nearest = connection.execute(NEAREST, [source_system, customer_id, NEAREST_COUNT]).fetchall()
    ids = ", ".join(f"'{found}'" for (found,) in nearest) or "none, it has no customers"
    return (
        f"There is no customer '{customer_id}' of {source_system}: neither in the warehouse nor in"
        f" the raw rows. Ids are compared letter for letter. The nearest: {ids}."
    )


def _no_customer(recomputed: Recomputed, source_system: str, customer_id: str) -> str:
    fates = sorted(
        {
            f"{entry.fate}: {entry.note}" if entry.fate == REJECTED else entry.fate
            for entry in recomputed.history.entries
            if entry.fate in (REJECTED, AFTER)
        }
    )
    return (
        f"'{customer_id}' of {source_system} is not a customer, and the warehouse has none:"
        f" {len(recomputed.history.entries)} raw rows name it, but none that counts before the"
        f" as-of date ({'; '.join(fates)})."
    )
