"""Cells of raw files to values, by the definitions of the project. None is what cannot be read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal

BLANKS = (
    " \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f"
    "\u3000"
)
"""What stands around a cell without meaning: the separators of Unicode, not TABs."""

AMOUNT_DIGITS = 18
"""Digits of an amount, decimals included."""

EXACT = Context(prec=100)

DAY_FIRST = re.compile(r"(?P<day>[0-9]{1,2})([/-])(?P<month>[0-9]{1,2})\2(?P<year>[0-9]{1,4})")
YEAR_FIRST = re.compile(
    r"(?P<year>[0-9]{1,4})-(?P<month>[0-9]{1,2})-(?P<day>[0-9]{1,2})"
    r"(?: (?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{1,2})(?::(?P<second>[0-9]{1,2}))?)?"
)
ISO = re.compile(
    r"(?P<year>[0-9]{4})[-/](?P<month>[0-9]{1,2})[-/](?P<day>[0-9]{1,2})"
    r"(?:[ T](?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]*)?)?)?"
)
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)")
_BERKA = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})( 00:00:00)?")


def text(cell: str | None) -> str | None:
    """The cell without the blanks around it; None when nothing is left."""
    return (cell or "").strip(BLANKS) or None


def identifier(cell: str | None) -> str | None:
    """An id exactly as it stands; None when blank."""
    return cell if text(cell) else None


def integer(cell: str | None) -> int | None:
    """A whole number of 64 bits."""
    trimmed = text(cell)
    if trimmed is None or not _INTEGER.fullmatch(trimmed):
        return None
    number = int(trimmed)
    return number if -(2**63) <= number < 2**63 else None


def whole_number(cell: str | None) -> int | None:
    """A whole number as typed files write it: decimals may stand behind, if they are zeros."""
    trimmed = text(cell)
    return integer(re.sub(r"\.0*$", "", trimmed)) if trimmed else None


def decimal(cell: str | None, places: int = 5) -> Decimal | None:
    """An amount with a point as decimal mark; surplus decimals are rounded, half away from zero."""
    trimmed = text(cell)
    if trimmed is None or not _DECIMAL.fullmatch(trimmed):
        return None
    return in_range(Decimal(trimmed), places)


def in_range(number: Decimal, places: int = 5) -> Decimal | None:
    """The number rounded to its decimals; None when it has too many digits before the point."""
    rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, EXACT)
    return rounded if abs(rounded) < Decimal(10) ** (AMOUNT_DIGITS - places) else None


def moment(cell: str | None, *patterns: re.Pattern[str]) -> datetime | None:
    """A time stamp in the first pattern it has and can be read in; midnight without a time."""
    trimmed = text(cell)
    for pattern in patterns if trimmed else ():
        if found := pattern.fullmatch(trimmed):
            parts = {name: int(part) for name, part in found.groupdict().items() if part}
            try:
                return datetime(**parts)
            except ValueError:
                continue
    return None


def calendar_day(cell: str | None, *patterns: re.Pattern[str]) -> date | None:
    """The day of a time stamp."""
    found = moment(cell, *patterns)
    return found.date() if found else None


def berka_day(cell: str | None) -> date | None:
    """A day as `YYMMDD`, of the 1900s, with or without a midnight behind it."""
    found = _BERKA.fullmatch(text(cell) or "")
    return _day(*map(int, found.groups()[:3])) if found else None


def birth_number(cell: str | None) -> tuple[date, str] | None:
    """Birth date and sex in a Czech birth number: YYMMDD, 50 added to the month for women."""
    found = re.fullmatch(r"([0-9]{2})([0-9]{2})([0-9]{2})", text(cell) or "")
    if not found:
        return None
    year, month, day = map(int, found.groups())
    is_woman = month > 50
    born = _day(year, month - 50 if is_woman else month, day)
    return (born, "female" if is_woman else "male") if born else None


def json_text(cells: Mapping[str, str | None]) -> str:
    """A raw row as JSON text, as rejected_rows has it: of equal ids, the smallest text is kept."""
    return json.dumps(cells, ensure_ascii=False, separators=(",", ":"))


def cells_of(raw_row: str) -> dict[str, str | None]:
    """The cells in a raw row as rejected_rows has it; numbers (of typed files) as text."""
    return {
        name: value if value is None or isinstance(value, str) else json.dumps(value)
        for name, value in json.loads(raw_row).items()
    }


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(1900 + year, month, day)
    except ValueError:
        return None
