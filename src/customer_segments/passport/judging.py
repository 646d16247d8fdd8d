"""Steps that several source systems take with their raw rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from operator import attrgetter

import duckdb

from customer_segments.passport.cells import json_text
from customer_segments.passport.raw import RawFiles
from customer_segments.passport.records import (
    Entry,
    Event,
    Fact,
    Histories,
    History,
    Judged,
    RawRow,
)
from customer_segments.passport.settings import Settings

USED, BESIDE, REJECTED, AFTER = "used", "beside", "rejected", "after as-of"

EARLIEST = date.min

Problems = Mapping[str, Callable[[], bool]]
"""By reason whether a row has the problem; looked at in order, so each may rely on those before."""


@dataclass(frozen=True)
class Source:
    """All that a source system's module may read.

    Attributes:
        system: the source system.
        raw: its raw files.
        warehouse: for rules (seeds) and the rows of custom sources as staged, nothing else.
        settings: of the build.
        as_of: the as-of date; None for a source system without dates.
    """

    system: str
    raw: RawFiles
    warehouse: duckdb.DuckDBPyConnection
    settings: Settings
    as_of: date | None

    def is_known(self, day: date) -> bool:
        """Whether what happened on this day is known on the as-of date."""
        return self.as_of is not None and day < self.as_of


def first_problem(problems: Problems) -> str | None:
    """The first reason that applies; None for a row that can be used."""
    return next((reason for reason, applies in problems.items() if applies()), None)


def reject_copies(rows: Iterable[Judged], content: Callable[[Judged], object]) -> None:
    """Reject every usable row but the first of those with equal content, files in order."""
    seen: set[object] = set()
    for judged in sorted(rows, key=lambda judged: judged.row.file):
        copied = content(judged)
        if copied in seen and judged.reason is None:
            judged.reason = "duplicate_line"
        seen.add(copied)


def reject_repeated_keys(rows: Iterable[Judged]) -> None:
    """Keep one usable row of each key: the earliest, then the smallest as text."""
    rivals: dict[str, list[Judged]] = {}
    for judged in rows:
        if judged.reason is None and judged.key is not None:
            rivals.setdefault(judged.key, []).append(judged)
    for group in rivals.values():
        if len(group) > 1:
            group.sort(key=_precedence)
            for judged in group[1:]:
                judged.reason = "duplicate_id"


def _precedence(judged: Judged) -> tuple[date, str, str]:
    return judged.day or EARLIEST, json_text(judged.row.cells), judged.row.file


def histories_of(
    source: Source, judged_rows: Iterable[Judged], to_event: Callable[[Judged], Event | None]
) -> Histories:
    """Group rows by customer, each with what became of it.

    Args:
        source: of the rows.
        judged_rows: with their days and reasons; those of nobody are left out.
        to_event: makes the event of a row; None for a row that is rejected and proves nothing.
    """
    histories: Histories = {}
    for judged in judged_rows:
        if judged.customer_id is None:
            continue
        history = histories.setdefault(judged.customer_id, History())
        event = to_event(judged)
        if event is not None and source.is_known(event.day):
            history.events.append(event)
        history.entries.append(_entry(source, judged, event))
    for history in histories.values():
        history.events.sort(key=attrgetter("day"))
    return histories


def _entry(source: Source, judged: Judged, event: Event | None) -> Entry:
    if judged.reason is not None:
        return Entry(judged.row, REJECTED, judged.reason, judged.day)
    if event is None:
        return Entry(judged.row, BESIDE, "no number depends on it", judged.day)
    fate = USED if source.is_known(event.day) else AFTER
    return Entry(judged.row, fate, event.what, judged.day)


def latest_value(candidates: Iterable[tuple[date, str | None, RawRow]], of_what: str) -> Fact:
    """The value of the latest day that has one, then the smallest."""
    filled = [(day, value, row) for day, value, row in candidates if value is not None]
    if not filled:
        return Fact(None, f"none of its {of_what} has one")
    last = max(day for day, _, _ in filled)
    on_last = [(value, row) for day, value, row in filled if day == last]
    smallest = min(value for value, _ in on_last)
    rows = tuple(row for value, row in on_last if value == smallest)
    how = f"as published on {last}, the latest day with one"
    if others := sorted({value for value, _ in on_last} - {smallest}):
        how += f"; also {', '.join(others)} on that day, so the alphabetically first"
    return Fact(smallest, how, rows)


def shop_attributes(
    source: Source, judged_rows: Iterable[Judged], histories: Histories, names: Mapping[str, str]
) -> None:
    """Add attributes that stand on order lines to the histories.

    Args:
        source: of the rows.
        judged_rows: all of them; only valid ones before the as-of date are looked at.
        histories: of the customers.
        names: by attribute the name of the value that it is taken from.
    """
    lines: dict[str, list[Judged]] = {}
    for judged in judged_rows:
        is_valid = judged.customer_id is not None and judged.reason is None
        if is_valid and source.is_known(judged.day):
            lines.setdefault(judged.customer_id, []).append(judged)
    for customer_id, own in lines.items():
        for attribute, name in names.items():
            candidates = ((line.day, line.values[name], line.row) for line in own)
            histories[customer_id].attributes[attribute] = latest_value(candidates, "lines")


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last one of its month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first_of_next = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = first_of_next - timedelta(days=1)
    return last.replace(day=min(day.day, last.day))
