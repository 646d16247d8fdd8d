"""Which formats read a column of dates, and what the values say for them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import duckdb

from customer_segments.onboarding.profiling import filled, text_of
from customer_segments.onboarding.reading import Column, sql_text

DAY, MONTH, TWO, FOUR, NAME = r"\d{1,2}", r"\d{1,2}", r"\d{2}", r"\d{4}", r"[A-Za-z]{3,9}"
ORDERS = {"dmy": "day first", "mdy": "month first", "ymd": "year first"}
ISO = re.compile(r"%Y-%m-%d([ T]%H:%M(:%S(\.%f)?)?(%z)?)?")
"""What a build reads without `date_formats`."""

EPOCHS = {"epoch_s": (r"\d{9,10}(\.\d*)?", 1), "epoch_ms": (r"\d{12,13}(\.\d*)?", 1_000)}
"""Digits, and units per second. Plausible from 1990 to a year from now."""

SHAPE_COUNT = 300
"""Different shapes of values that are looked at, the most frequent first."""


@dataclass(frozen=True)
class DateFormat:
    """A format and what its values look like.

    Attributes:
        text: in the letters of strptime, or a key of `EPOCHS`.
        pattern: regular expression of the values, the same for all orders of day and month.
        order: a key of `ORDERS` where day, month and a short year could change places, else empty.
    """

    text: str
    pattern: str
    order: str = ""

    @property
    def is_moment(self) -> bool:
        """Whether its values are moments, whose day depends on a time zone."""
        return "%z" in self.text or self.text in EPOCHS


@dataclass(frozen=True)
class Readers:
    """Values that the same formats read: how many, and one of them."""

    formats: frozenset[DateFormat]
    count: int
    example: str

    @property
    def orders(self) -> frozenset[str]:
        """Orders of day and month in which the values are dates."""
        return frozenset(date_format.order for date_format in self.formats) - {""}


@dataclass(frozen=True)
class DateReading:
    """How a column of dates is read.

    Attributes:
        formats: that read it, in the order in which they must be tried.
        value_count: values that are not blank.
        unread_count: values that no format reads.
        unread: some of them.
        evidence: what the values say, a sentence each.
        choices: where day and month are not clear, the formats of each possible order; else empty.
        why_unclear: why that is so.
    """

    formats: tuple[DateFormat, ...]
    value_count: int
    unread_count: int
    unread: tuple[str, ...]
    evidence: tuple[str, ...] = ()
    choices: tuple[tuple[str, tuple[DateFormat, ...]], ...] = ()
    why_unclear: str = ""

    @property
    def read_share(self) -> float:
        """Share of the values that some format reads; 0 where there are none."""
        return 1 - self.unread_count / self.value_count if self.value_count else 0.0

    @property
    def is_iso(self) -> bool:
        """Whether a build reads it without being told."""
        return bool(self.formats) and all(
            ISO.fullmatch(date_format.text) for date_format in self.formats
        )


def _known_formats() -> Iterator[DateFormat]:
    days = [("%Y-%m-%d", f"{FOUR}-{MONTH}-{DAY}", "")]
    days += [(f"%Y{s}%m{s}%d", rf"{FOUR}\{s}{MONTH}\{s}{DAY}", "") for s in "/."]
    days += [("%Y%m%d", r"\d{8}", "")]
    for s in "/-.":
        # A format with %Y would read the year 11, so %y comes first.
        for year, digits in (("%y", TWO), ("%Y", FOUR)):
            pattern = rf"{DAY}\{s}{MONTH}\{s}{digits}"
            days += [(f"%d{s}%m{s}{year}", pattern, "dmy"), (f"%m{s}%d{s}{year}", pattern, "mdy")]
        days += [(f"%y{s}%m{s}%d", rf"{DAY}\{s}{MONTH}\{s}{TWO}", "ymd")]
    for month in ("%b", "%B"):
        for s in " -/":
            days += [(f"%d{s}{month}{s}%y", rf"{DAY}\{s}{NAME}\{s}{TWO}", "")]
            days += [(f"%d{s}{month}{s}%Y", rf"{DAY}\{s}{NAME}\{s}{FOUR}", "")]
        days += [(f"{month} %d, %Y", rf"{NAME} {DAY}, {FOUR}", "")]
        days += [(f"{month} %d %Y", rf"{NAME} {DAY} {FOUR}", "")]
    clock = r"\d{1,2}:\d{2}"
    full = f"{clock}:{TWO}"
    times = [("", "")]
    for before in (" ", "T", ", "):
        times += [(f"{before}%H:%M:%S", before + full), (f"{before}%H:%M", before + clock)]
    for before in (" ", "T"):
        times += [(f"{before}%H:%M:%S.%f", rf"{before}{full}\.\d{{1,6}}")]
        times += [(f"{before}%H:%M:%S.%n", rf"{before}{full}\.\d{{7,9}}")]
    times += [
        (f"{time}{blank}%z", rf"{pattern}{blank}[+-]\d{{2}}(:?\d{{2}})?")
        for time, pattern in times
        if time
        for blank in ("", " ")
    ]
    for before in (" ", ", "):
        times += [(f"{before}%I:%M %p", f"{before}{clock} [AaPp][Mm]")]
        times += [(f"{before}%I:%M:%S %p", f"{before}{full} [AaPp][Mm]")]
    for day, day_pattern, order in days:
        for time, time_pattern in times:
            yield DateFormat(day + time, day_pattern + time_pattern, order)
    yield DateFormat("%Y%m%d%H%M%S", r"\d{14}")
    for epoch, (digits, _) in EPOCHS.items():
        yield DateFormat(epoch, digits)


KNOWN_FORMATS = tuple(_known_formats())
_compiled = functools.cache(re.compile)


def read_dates(
    connection: duckdb.DuckDBPyConnection,
    column: Column,
    *,
    nothing: Iterable[str] = (),
    given: Sequence[str] | None = None,
    row_limit: int | None = None,
    digits_too: bool = True,
    today: date | None = None,
) -> DateReading:
    """Find the formats of a column of `records`.

    Args:
        connection: with the table.
        column: of text, or of whole numbers that may be epochs.
        nothing: texts that mean nothing.
        given: formats that are known, in place of a search.
        row_limit: look at the first rows only.
        digits_too: whether numbers without marks may be dates, such as 20110131 or epochs.
        today: after which nothing has happened yet; by default by the clock.

    Raises:
        duckdb.Error: a given format is none.
    """
    values = _Values(
        connection, column, tuple(nothing), row_limit, today or datetime.now(UTC).date()
    )
    if given is not None:
        formats = [DateFormat(text, EPOCHS.get(text, (".*",))[0]) for text in given]
        reading = _reading(values.readers(formats), formats, ("as set",))
        return replace(reading, formats=tuple(formats))
    shapes = [shape for shape in values.shapes() if digits_too or not shape.isdigit()]
    patterns = {
        pattern
        for pattern in {date_format.pattern for date_format in KNOWN_FORMATS}
        if any(_compiled(pattern).fullmatch(shape) for shape in shapes)
    }
    candidates = [f for f in KNOWN_FORMATS if f.pattern in patterns]
    groups = values.readers(candidates)
    return _resolve(groups, candidates, values)


@dataclass(frozen=True)
class _Values:
    """The values of a column, with Z and UTC written as an offset, as a build does."""

    connection: duckdb.DuckDBPyConnection
    column: Column
    nothing: tuple[str, ...]
    row_limit: int | None
    today: date

    def _table(self) -> str:
        limit = "" if self.row_limit is None else f"limit {self.row_limit}"
        return f"""(
            select
                regexp_replace({text_of(self.column)}, ' *([Zz]|UTC|GMT)$', '+00:00') as value,
                count(*) as value_count
            from (
                select {self.column.sql} from records
                where {filled(self.column, self.nothing)} {limit}
            )
            group by value
        )"""

    def shapes(self) -> list[str]:
        """One value of each shape, where all digits are alike."""
        rows = self.connection.execute(
            f"""
            select min(value)
            from {self._table()}
            group by translate(value, '123456789', '000000000')
            order by sum(value_count) desc, 1
            limit {SHAPE_COUNT}
            """
        ).fetchall()
        return [value for (value,) in rows]

    def readers(self, formats: Sequence[DateFormat]) -> list[Readers]:
        """Values by the formats that read them, the most frequent first."""
        cells = ", ".join(self._parsed(date_format) for date_format in formats)
        rows = self.connection.execute(
            f"""
            select
                list_filter(range({len(formats)}), lambda i: times[i + 1] is not null) as readers,
                cast(sum(value_count) as bigint),
                min(value)
            from (
                select value, value_count, cast([{cells}] as timestamp[]) as times
                from {self._table()}
            )
            group by readers
            order by 2 desc, 3
            """
        ).fetchall()
        return [
            Readers(frozenset(formats[i] for i in readers), count, example)
            for readers, count, example in rows
        ]

    def future_count(self, date_format: DateFormat) -> int:
        """Values that lie after tomorrow in this format."""
        (count,) = self.connection.execute(
            f"select coalesce(sum(value_count), 0) from {self._table()}"
            f" where {self._parsed(date_format)} > date '{self.today}' + 2"
        ).fetchone()
        return int(count)

    def _parsed(self, date_format: DateFormat) -> str:
        """SQL of a value as a time stamp, null where the format does not read it."""
        matches = f"regexp_full_match(value, {sql_text(date_format.pattern)})"
        if date_format.text not in EPOCHS:
            parsed = f"try_strptime(value, {sql_text(date_format.text)})"
            parsed = f"cast({parsed} as timestamp)"
            if date_format.text.startswith("%Y%m%d"):
                matches += " and value[:4] between '1900' and '2100'"
            return f"case when {matches} then {parsed} end"
        microseconds = 1_000_000 // EPOCHS[date_format.text][1]
        parsed = f"cast(try_cast(value as decimal(38, 6)) * {microseconds} as bigint)"
        parsed = f"make_timestamp({parsed})"
        return (
            f"case when {matches} and {parsed} between '1990-01-01' and date '{self.today}' + 366"
            f" then {parsed} end"
        )


def _reading(
    groups: Sequence[Readers],
    allowed: Sequence[DateFormat],
    evidence: Sequence[str] = (),
    choices: Sequence[tuple[str, tuple[DateFormat, ...]]] = (),
    why_unclear: str = "",
) -> DateReading:
    formats = _needed(groups, allowed)
    unread = [group for group in groups if not group.formats & set(formats)]
    return DateReading(
        formats=formats,
        value_count=sum(group.count for group in groups),
        unread_count=sum(group.count for group in unread),
        unread=tuple(group.example for group in unread[:3]),
        evidence=tuple(evidence),
        choices=tuple(choices),
        why_unclear=why_unclear,
    )


def _needed(groups: Sequence[Readers], allowed: Sequence[DateFormat]) -> tuple[DateFormat, ...]:
    """The formats without which some value would not be read, in the order of `allowed`."""
    needed: set[DateFormat] = set()
    for group in groups:
        readers = [date_format for date_format in allowed if date_format in group.formats]
        if readers and not needed.intersection(readers):
            needed.add(readers[0])
    return tuple(date_format for date_format in allowed if date_format in needed)


def _resolve(
    groups: Sequence[Readers], candidates: Sequence[DateFormat], values: _Values
) -> DateReading:
    """Decide on the order of day and month by the values that leave no choice.

    One column is written in one order. Only where no order reads every value, each spelling decides
    for itself.
    """
    ordered = [group for group in groups if group.orders]
    if not ordered:
        return _reading(groups, candidates)
    possible = _common_orders(ordered)
    if len(possible) > 1 and "ymd" in possible:
        possible, note = _without_future(possible, candidates, values)
    else:
        note = ""
    if len(possible) == 1:
        (order,) = possible
        allowed = [f for f in candidates if f.order in ("", order)]
        return _reading(groups, allowed, (note or _why_order(ordered, order),))
    if possible:
        why = f"every value is a date both {' and '.join(ORDERS[order] for order in possible)}"
        return _unclear(groups, candidates, possible, why)

    by_pattern: dict[str, list[Readers]] = {}
    for group in ordered:
        pattern = next(f.pattern for f in group.formats if f.order)
        by_pattern.setdefault(pattern, []).append(group)
    decided = {pattern: _common_orders(part) for pattern, part in by_pattern.items()}
    if all(len(orders) == 1 for orders in decided.values()):
        allowed = [f for f in candidates if not f.order or f.order in decided.get(f.pattern, ())]
        return _reading(groups, allowed, ("each spelling has an order of its own",))
    orders = [order for order in ORDERS if any(order in group.orders for group in ordered)]
    only = {
        order: sum(group.count for group in ordered if group.orders == {order}) for order in orders
    }
    counts = ", ".join(f"{only[order]:,} are dates only {ORDERS[order]}" for order in orders)
    return _unclear(groups, candidates, orders, f"no order reads all values: {counts}")


def _common_orders(groups: Iterable[Readers]) -> list[str]:
    groups = list(groups)
    return [order for order in ORDERS if all(order in group.orders for group in groups)]


def _without_future(
    possible: list[str], candidates: Sequence[DateFormat], values: _Values
) -> tuple[list[str], str]:
    """Drop the orders that put values into the future, unless all do; say why if one is left."""
    future = {
        order: sum(values.future_count(f) for f in candidates if f.order == order)
        for order in possible
    }
    past = [order for order in possible if not future[order]]
    if not past or len(past) == len(possible):
        return possible, ""
    gone = ", ".join(
        f"{future[order]:,} values would lie in the future {ORDERS[order]}"
        for order in possible
        if future[order]
    )
    return past, gone if len(past) == 1 else ""


def _why_order(groups: Sequence[Readers], order: str) -> str:
    if order == "ymd":
        return "only year first reads all values"
    other = "mdy" if order == "dmy" else "dmy"
    count = sum(group.count for group in groups if other not in group.orders)
    have = "has" if count == 1 else "have"
    return f"{ORDERS[order]}: {count:,} {have} a day above 12, none has a month above 12"


def _unclear(
    groups: Sequence[Readers], candidates: Sequence[DateFormat], orders: Sequence[str], why: str
) -> DateReading:
    choices = [
        (order, _needed(groups, [f for f in candidates if f.order in ("", order)]))
        for order in orders
    ]
    first = [f for f in candidates if f.order in ("", orders[0])]
    return _reading(groups, first, (), choices, why)
