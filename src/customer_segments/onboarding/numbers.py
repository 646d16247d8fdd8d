"""Which marks and currency signs a column of numbers is written with, and which values are none."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import duckdb

from customer_segments.onboarding.profiling import filled, text_of
from customer_segments.onboarding.reading import Column

LEADING_ZERO = "\x01"
"""Stands for the 0 of 0.125, which is no group of thousands."""
SHAPE_COUNT = 5_000
"""Different shapes of values that are looked at, the most frequent first."""

SIGN = rf"[^\d\s.,'()+\-{LEADING_ZERO}]{{1,4}}"
NUMBER = re.compile(
    rf"[(+-]*\s*(?P<before>{SIGN})?\s*[(+-]?\s*"
    rf"(?P<body>[.,]?[0{LEADING_ZERO}](?:[0{LEADING_ZERO}.,'\s]*[0{LEADING_ZERO}.,])?)"
    rf"\s*(?P<after>{SIGN})?\s*[)-]?"
)
CURRENCY_WORDS = {"kr", "Kč", "Ft", "zł", "lei", "Fr", "Rs"}
MARKS = {"": "no mark", ".": "`.`", ",": "`,`", "'": "`'`", " ": "a blank"}


@dataclass(frozen=True)
class Shape:
    """Values that differ in their digits only.

    Attributes:
        text: with 0 for every digit, and `LEADING_ZERO` for a single 0 before a mark.
        count: values.
        example: one of them.
    """

    text: str
    count: int
    example: str

    @property
    def is_negative(self) -> bool:
        """Whether it has a minus or stands in brackets."""
        return "-" in self.text or "(" in self.text


@dataclass(frozen=True)
class NumberFormat:
    """How numbers are written."""

    decimal_mark: str = "."
    thousands_mark: str = ""
    currency_signs: tuple[str, ...] = ()

    def reads(self, shape: Shape) -> bool:
        """Whether a build reads values of this shape."""
        text = shape.text.replace(LEADING_ZERO, "0")
        for sign in self.currency_signs:
            text = text.replace(sign, "")
        if self.thousands_mark == " ":
            text = re.sub("[\u00a0\u202f]", " ", text)
        mark, thousands = re.escape(self.decimal_mark), re.escape(self.thousands_mark)
        whole = f"(?:0{{1,3}}(?:{thousands}0{{3}})+|0+)" if thousands else "0+"
        digits = f"(?:{whole}(?:{mark}0*)?|{mark}0+)"
        gap = " *" if self.currency_signs else ""
        signed = rf"[+-]?{gap}{digits}|\( *{digits} *\)|{digits} *-"
        return re.fullmatch(signed, text.strip()) is not None


@dataclass(frozen=True)
class Body:
    """What the marks in one number are."""

    decimal_mark: str = ""
    thousands_mark: str = ""
    unclear_mark: str = ""
    """Stands once, before exactly three digits."""


@dataclass
class Marks:
    """How many values speak for what, with an example of each."""

    decimal: Counter[str] = field(default_factory=Counter)
    thousands: Counter[str] = field(default_factory=Counter)
    unclear: Counter[str] = field(default_factory=Counter)
    signs: Counter[str] = field(default_factory=Counter)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)

    def add(self, shape: Shape) -> None:
        """Count a shape; nothing where it is no number."""
        parsed = parse(shape)
        if parsed is None:
            return
        body, sign = parsed
        for role, mark in (
            ("decimal", body.decimal_mark),
            ("thousands", body.thousands_mark),
            ("unclear", body.unclear_mark),
            ("signs", sign),
        ):
            if mark:
                getattr(self, role)[mark] += shape.count
                self.examples.setdefault((role, mark), shape.example)


def shapes(
    connection: duckdb.DuckDBPyConnection,
    column: Column,
    nothing: Iterable[str] = (),
    row_limit: int | None = None,
) -> list[Shape]:
    """Values of a column of `records` by their shape, the most frequent first."""
    limit = "" if row_limit is None else f"limit {row_limit}"
    rows = connection.execute(
        rf"""
        select
            translate(
                regexp_replace(value, '(^|[^0-9.,])0([.,])', '\1{LEADING_ZERO}\2'),
                '123456789', '000000000'
            ) as shape,
            count(*),
            min(value)
        from (
            select {text_of(column)} as value from records
            where {filled(column, nothing)} {limit}
        )
        group by shape
        order by 2 desc, shape
        limit {SHAPE_COUNT}
        """
    ).fetchall()
    return [Shape(*row) for row in rows]


def parse(shape: Shape) -> tuple[Body, str] | None:
    """What the marks of a number are, and its currency sign; None where it is no number."""
    match = NUMBER.fullmatch(shape.text)
    if match is None:
        return None
    signs = [sign for sign in match.group("before", "after") if sign]
    if len(signs) > 1 or not all(_is_currency(sign) for sign in signs):
        return None
    body = _weigh(re.sub(r"\s", " ", match["body"]))
    return None if body is None else (body, "".join(signs))


def number_share(shapes: Sequence[Shape], value_count: int) -> float:
    """Share of the values that are numbers in any format; 0 where there are none."""
    numbers = sum(shape.count for shape in shapes if parse(shape) is not None)
    return numbers / value_count if value_count else 0.0


def _is_currency(sign: str) -> bool:
    return (
        any(unicodedata.category(letter) == "Sc" for letter in sign)
        or re.fullmatch("[A-Z]{3}", sign) is not None
        or sign in CURRENCY_WORDS
    )


def _weigh(body: str) -> Body | None:
    parts = re.split(f"[^0{LEADING_ZERO}]", body)
    marks = re.findall(f"[^0{LEADING_ZERO}]", body)
    if not marks:
        return Body()
    first, last = marks[0], marks[-1]
    if len(marks) == 1 and first in ".,":
        looks_grouped = 1 <= len(parts[0]) <= 3 and LEADING_ZERO not in parts[0]
        if looks_grouped and len(parts[1]) == 3:
            return Body(unclear_mark=first)
        return Body(decimal_mark=first)
    if set(marks) == {first} and _is_grouped(parts):
        return Body(thousands_mark=first)
    if set(marks[:-1]) == {first} and last != first and last in ".," and _is_grouped(parts[:-1]):
        return Body(decimal_mark=last, thousands_mark=first)
    return None


def _is_grouped(parts: Sequence[str]) -> bool:
    return 1 <= len(parts[0]) <= 3 and all(len(part) == 3 for part in parts[1:])


def decide_marks(
    marks: Marks, decimal_mark: str | None = None, thousands_mark: str | None = None
) -> tuple[str, str, str]:
    """Decimal mark, thousands mark, and why they are not clear (empty where they are).

    Args:
        marks: of all columns of numbers, which are written alike.
        decimal_mark: as set by the user.
        thousands_mark: as set by the user; empty for none.
    """
    if decimal_mark is None and thousands_mark in (".", ","):
        decimal_mark = "," if thousands_mark == "." else "."
    decimals = set(marks.decimal) if decimal_mark is None else {decimal_mark}
    if len(decimals) > 1:
        return ".", thousands_mark or "", "both marks stand before decimals"
    if thousands_mark is not None:
        thousands = {thousands_mark} - {""}
    else:
        thousands = set(marks.thousands)
        if decimals:
            thousands |= set(marks.unclear) - decimals
    if decimal_mark is not None:
        thousands -= decimals
    elif not decimals and set(marks.unclear) - thousands:
        return ".", "", "exactly three digits stand behind the only mark of each number"
    if thousands & decimals:
        return decimals.pop(), "", "one mark stands before decimals and between thousands"
    if len(thousands) > 1:
        return next(iter(decimals), "."), "", "several marks stand between thousands"
    thousands_mark = next(iter(thousands), "")
    default = "," if thousands_mark == "." else "."
    return next(iter(decimals), default), thousands_mark, ""
