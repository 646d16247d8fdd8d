"""The passport as plain text, 100 columns wide, and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from customer_segments.passport.comparison import Difference, in_words
from customer_segments.passport.judging import REJECTED, USED
from customer_segments.passport.passport import Line, NumberedEntry, Passport, Section
from customer_segments.passport.records import RawRow, counted
from customer_segments.passport.segments import Placement

WIDTH = 100
VALUE_WIDTH = 24
"""A longer value has its explanation on the next line."""
RANGES_SHOWN = 4
FEW_ROWS = 3
"""A value that rests on so few rows has them shown, however long the list is."""


def as_text(passport: Passport, row_limit: int | None) -> str:
    """The whole passport.

    Args:
        passport: of a customer.
        row_limit: raw rows shown of each table, beside those that single values rest on; None for
            all.
    """
    numbers = _numbers(passport)
    title = f"Customer {passport.customer_id} of {passport.source_system}"
    if passport.as_of_date:
        title += f", as of {passport.as_of_date}"
    blocks = [[title, "=" * min(len(title), WIDTH), *_summary(passport)]]
    blocks += [list(_section(passport, section, numbers)) for section in passport.sections]
    shown = _shown_rows(passport, row_limit)
    for table, entries in _by_table(passport.entries).items():
        blocks.append(list(_raw_rows(passport, table, entries, shown)))
    return "\n\n".join("\n".join(block) for block in blocks if block)


def as_json(passport: Passport, row_limit: int | None) -> str:
    """The same as JSON; amounts and dates are text, so that no digit is lost."""
    numbers = _numbers(passport)
    shown = _shown_rows(passport, row_limit)
    content = {
        "source_system": passport.source_system,
        "customer_id": passport.customer_id,
        "as_of_date": passport.as_of_date,
        "built_at": passport.built_at,
        "rows_are": "as staged, read through the mapping" if passport.is_staged else "as published",
        "agrees": not passport.differences,
        "differences": [_difference_content(difference) for difference in passport.differences],
        "sections": [_section_content(section, numbers) for section in passport.sections],
        "raw_row_count": len(passport.entries),
        "raw_rows": [
            {"number": found.number, **asdict(found.entry)}
            for found in passport.entries
            if found.number in shown
        ],
    }
    return json.dumps(content, indent=2, ensure_ascii=False, default=str)


def _summary(passport: Passport) -> Iterator[str]:
    files = {found.entry.row.file for found in passport.entries}
    rows = counted(len(passport.entries), "raw row")
    what = f"{passport.value_count} values recomputed from {rows} in {counted(len(files), 'file')}"
    if passport.is_staged:
        what = (
            f"{passport.value_count} values recomputed from {rows}, read through the mapping; rows"
            " as staged"
        )
    built = f"the warehouse built at {passport.built_at:%Y-%m-%d %H:%M:%S} UTC"
    if not passport.differences:
        yield from _wrapped(f"{what}. All agree (=) with {built}.")
        return
    yield from _wrapped(
        f"{what}. {built[0].upper()}{built[1:]} DIFFERS in"
        f" {counted(len(passport.differences), 'place')}:"
    )
    for difference in passport.differences:
        yield from _wrapped(_difference(difference), "  - ", "    ")


def _section(passport: Passport, section: Section, numbers: Mapping[RawRow, int]) -> Iterator[str]:
    yield from _heading(section.title)
    shown = [line for line in section.lines if line.fact.is_recorded or line.differences]
    name_width = max((len(line.column) for line in shown), default=0)
    values = [len(in_words(line.fact.value)) for line in shown]
    value_width = max((width for width in values if width <= VALUE_WIDTH), default=0)
    for line in shown:
        yield from _line(line, numbers, name_width, value_width)
    if unrecorded := [line.column for line in section.lines if line not in shown]:
        names = f"null, which {passport.source_system} does not have: {', '.join(unrecorded)}"
        yield from _wrapped(names, "= ", "    ")
    if section.placement:
        yield from _placement(section.placement)


def _line(
    line: Line, numbers: Mapping[RawRow, int], name_width: int, value_width: int
) -> Iterator[str]:
    mark = "!" if line.differences else "="
    value = _visible(in_words(line.fact.value))
    start = f"{mark} {line.column:<{name_width}}  {value:<{value_width}}  "
    indent = " " * (name_width + value_width + 6)
    how = line.fact.how + _references(line.fact.rows, numbers)
    if len(start) > len(indent):
        yield start.rstrip()
        start = indent
    yield from _wrapped(how, start, indent)
    for words, tables in _difference_words(line.differences).items():
        yield from _wrapped(f"DIFFERS: {words} in {', '.join(tables)}", "  >>> ", "      ")


def _difference_words(differences: Iterable[Difference]) -> dict[str, list[str]]:
    """What differs, with the places where it does."""
    found: dict[str, list[str]] = {}
    for difference in differences:
        column = f".{difference.column}" if difference.column else ""
        found.setdefault(difference.words, []).append(f"marts.{difference.table}{column}")
    return found


def _placement(placement: Placement) -> Iterator[str]:
    measures = ", ".join(f"{name} {in_words(value)}" for name, value in placement.measures.items())
    yield from _wrapped(f"measures: {measures}", "  ", "    ")
    if placement.features:
        width = max(14, *(len(feature.name) for feature in placement.features))
        scaling = "(less its mean, by its scale)    standardised"
        yield f"  {'feature':<{width}} {'value':>11}   {scaling}"
        for feature in placement.features:
            yield (
                f"  {feature.name:<{width}} {feature.value:>11}   (- {feature.mean:>12.6f}) /"
                f" {feature.scale:>9.6f}   {feature.standardised:>12.6f}"
            )
        yield "  distance to the centroid of each segment, the own first, then the nearest:"
        marks = ["<- own", "<- nearest other"]
        for position, found in enumerate(placement.distances):
            mark = marks[position] if position < len(marks) else ""
            yield f"  {found.distance:>14.9f}  {found.segment_name}  {mark}".rstrip()
    if placement.rules:
        yield "  rule card, which describes the segments (the centroids decide):"
        for rule in placement.rules:
            words = f"{rule.segment_name} ({rule.precision:.0%} of those it fits): {rule.condition}"
            yield from _wrapped(words, f"  {'holds   ' if rule.holds else 'does not'}  ", " " * 12)


def _raw_rows(
    passport: Passport,
    table: str,
    entries: Sequence[NumberedEntry],
    shown: set[int],
) -> Iterator[str]:
    files = sorted({found.entry.row.file for found in entries})
    listed = [found for found in entries if found.number in shown]
    title = f"{'Staged' if passport.is_staged else 'Raw'} rows of {table}: {len(entries):,}"
    if len(listed) < len(entries):
        title += f", {len(listed):,} shown (--rows N, --all-rows)"
    yield from _heading(title)
    if len(files) == 1:
        yield f"file {files[0]}; empty cells are left out"
    differing = {
        difference.words
        for difference in passport.differences
        if difference.table == "rejected_rows"
    }
    for found in listed:
        entry = found.entry
        place = f", {entry.row.file}" if len(files) > 1 else ""
        day = f" {entry.day}" if entry.day else ""
        mark = "= " if entry.fate == REJECTED and not differing else ""
        note = f"{mark}{entry.fate}: {entry.note}" if entry.fate != USED else entry.note
        yield f"{found.number:>5}{day} {note}{place}"
        cells = [f"{name}: {_visible(cell)}" for name, cell in entry.row.cells.items() if cell]
        yield from _wrapped(" | ".join(cells), "      ", "      ")


def _shown_rows(passport: Passport, row_limit: int | None) -> set[int]:
    """Numbers of the raw rows to show: the first of each table, and what single values rest on."""
    if row_limit is None:
        return {found.number for found in passport.entries}
    numbers = _numbers(passport)
    shown = {
        found.number
        for entries in _by_table(passport.entries).values()
        for found in entries[:row_limit]
    }
    for section in passport.sections:
        for line in section.lines:
            if len(line.fact.rows) <= FEW_ROWS:
                shown |= {numbers[row] for row in line.fact.rows}
    return shown


def _by_table(entries: Iterable[NumberedEntry]) -> dict[str, list[NumberedEntry]]:
    tables: dict[str, list[NumberedEntry]] = {}
    for found in entries:
        tables.setdefault(found.entry.row.table, []).append(found)
    return tables


def _numbers(passport: Passport) -> dict[RawRow, int]:
    return {found.entry.row: found.number for found in passport.entries}


def _references(rows: Iterable[RawRow], numbers: Mapping[RawRow, int]) -> str:
    """` [rows 1-5, 9]`: the numbers of raw rows, runs of them together."""
    runs: list[list[int]] = []
    for number in sorted({numbers[row] for row in rows}):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    if not runs:
        return ""
    words = [f"{first}" if first == last else f"{first}-{last}" for first, last in runs]
    rest = sum(last - first + 1 for first, last in runs[RANGES_SHOWN:])
    more = f" and {rest:,} more" if rest else ""
    is_one = len(runs) == 1 and runs[0][0] == runs[0][1]
    return f" [{'row' if is_one else 'rows'} {', '.join(words[:RANGES_SHOWN])}{more}]"


def _section_content(section: Section, numbers: Mapping[RawRow, int]) -> dict[str, Any]:
    content: dict[str, Any] = {
        "title": section.title,
        "values": [
            {
                "column": line.column,
                "value": line.fact.value,
                "how": line.fact.how,
                "is_recorded": line.fact.is_recorded,
                "tables": line.tables,
                "rows": sorted({numbers[row] for row in line.fact.rows}),
                "differences": [_difference(difference) for difference in line.differences],
            }
            for line in section.lines
        ],
    }
    if section.placement:
        placement = section.placement
        content["placement"] = {
            "measures": placement.measures,
            "features": [asdict(feature) for feature in placement.features],
            "distances": [asdict(distance) for distance in placement.distances],
            "rules": [asdict(rule) for rule in placement.rules],
        }
    return content


def _difference_content(difference: Difference) -> dict[str, Any]:
    return {
        "table": difference.table,
        "key": difference.key,
        "column": difference.column,
        "words": difference.words,
    }


def _difference(difference: Difference) -> str:
    text = str(difference)
    if difference.is_value:
        text += f", recomputed {in_words(difference.recomputed)}"
    return text


def _heading(title: str) -> list[str]:
    return [title, "-" * min(len(title), WIDTH)]


def _visible(text: str) -> str:
    """Text on one line: what cannot be seen is escaped."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )


def _wrapped(text: str, first: str = "", indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=indent,
        break_on_hyphens=False,
    )
