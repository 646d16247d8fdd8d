"""How the mapped columns are written: texts for nothing, dates, numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from customer_segments.onboarding.dates import ORDERS, DateReading
from customer_segments.onboarding.draft import FORMAT_OPTION, Draft, Option, to_set
from customer_segments.onboarding.names import IDS, NUMBERS, TIMES, nearest
from customer_segments.onboarding.numbers import (
    MARKS,
    Marks,
    NumberFormat,
    Shape,
    decide_marks,
    parse,
)
from customer_segments.onboarding.profiling import NULL_SPELLINGS, value_counts
from customer_segments.onboarding.reading import Column, counted
from customer_segments.onboarding.settings import UsageError

ALSO_WORDS = {"NA"}
"""Spellings of nothing that mean something in other columns: Namibia."""


def find_formats(draft: Draft) -> None:
    """Find the formats of the mapped columns.

    Args:
        draft: with its mapping; gets `formats`, `evidence` and questions.

    Raises:
        UsageError: a format that the user has set is none.
    """
    _check_zones(draft)
    _find_null_values(draft)
    for column in draft.columns(*TIMES):
        _find_date_formats(draft, column)
    _find_number_formats(draft)


def _check_zones(draft: Draft) -> None:
    rows = draft.connection.execute("select name from pg_timezone_names()").fetchall()
    known = [name for (name,) in rows]
    for key in ("time_zone", "timestamps_in"):
        zone = draft.settings.text(key)
        if zone is not None and zone not in known:
            raise UsageError(f"{key}: there is no time zone {zone!r}.{nearest(zone, known)}")


def _find_null_values(draft: Draft) -> None:
    if draft.settings.texts("null_values") is not None:
        return
    places: dict[str, list[str]] = {}
    for match in draft.ordered_matches:
        spellings = set(NULL_SPELLINGS)
        if match.name not in (*TIMES, *NUMBERS, *IDS):
            spellings -= ALSO_WORDS
        counts = value_counts(
            draft.connection, match.column, limit=len(spellings), only=sorted(spellings)
        )
        for text, count in counts.items() if match.column.is_text else ():
            places.setdefault(text, []).append(f"`{match.column.name}` ({count:,})")
    if places:
        draft.formats["null_values"] = sorted(places)
    for text, where in places.items():
        draft.evidence.append(("nulls", f"{text!r} stands in {', '.join(where)} and means nothing"))


# --- Dates ----------------------------------------------------------------------------------------


def _find_date_formats(draft: Draft, column: Column) -> None:
    if column.is_time:
        draft.evidence.append(("dates", f"`{column.name}` has the type {column.type}"))
        if "WITH TIME ZONE" in column.type:
            _ask_for_zone(draft, f"`{column.name}` has the type {column.type}.")
        return
    reading = draft.dates(column)
    if reading.choices:
        options = [
            Option(to_set(f"date_formats={'|'.join(f.text for f in formats)}"), ORDERS[order])
            for order, formats in reading.choices
        ]
        samples = ", ".join(draft.profiles[column.name].samples)
        draft.ask(f"`{column.name}` holds {samples} ...", f"{reading.why_unclear}.", *options)
        return
    if not reading.formats:
        draft.ask(
            f"`{column.name}` holds {', '.join(draft.profiles[column.name].samples)} ...",
            "No known format reads them.",
            FORMAT_OPTION,
        )
        return
    texts = [date_format.text for date_format in reading.formats]
    if not reading.is_iso and draft.settings.texts("date_formats") is None:
        draft.formats["date_formats"] = texts
    draft.evidence += [("dates", text) for text in _date_evidence(column, reading, texts)]
    are_moments = {date_format.is_moment for date_format in reading.formats}
    if are_moments == {True, False} and not draft.settings.text("timestamps_in"):
        draft.notes.append(
            f"`{column.name}` has time stamps with and without an offset. Those without are taken"
            " as of time_zone, unless timestamps_in is set."
        )
    if True in are_moments:
        _ask_for_zone(draft, f"`{column.name}` holds moments: it is read by {' or '.join(texts)}.")


def _date_evidence(column: Column, reading: DateReading, texts: Sequence[str]) -> Iterator[str]:
    count = reading.value_count - reading.unread_count
    share = f"{count:,} of {reading.value_count:,}" if reading.unread_count else f"all {count:,}"
    formats = " or ".join(texts) + (" (ISO 8601, the default)" if reading.is_iso else "")
    yield "; ".join([f"{share} values of `{column.name}` read as {formats}", *reading.evidence])
    if any("%y" in text for text in texts):
        yield "years of two digits: 69 to 99 are 19.., 00 to 68 are 20.."
    if reading.unread_count:
        yield (
            f"{counted(reading.unread_count, 'value')} that read as no date will be rejected, such"
            f" as {', '.join(reading.unread)}"
        )


def _ask_for_zone(draft: Draft, seen: str) -> None:
    if draft.settings.text("time_zone"):
        return
    draft.ask(
        seen,
        "On which day a moment falls depends on where the business counts its days.",
        Option(to_set("time_zone=Europe/Berlin"), "or wherever the business is"),
        Option(to_set("time_zone=UTC"), "days of UTC"),
    )


# --- Numbers --------------------------------------------------------------------------------------


def _find_number_formats(draft: Draft) -> None:
    columns = [column for column in draft.columns(*NUMBERS) if column.is_text]
    if not columns:
        return
    marks = Marks()
    for column in columns:
        for shape in draft.shapes(column):
            marks.add(shape)
    given = draft.settings.text
    decimal, thousands, why = decide_marks(marks, given("decimal_mark"), given("thousands_mark"))
    signs = draft.settings.texts("currency_signs")
    if signs is None:
        signs = sorted(marks.signs)
        if len(signs) == 1:
            draft.formats["currency_signs"] = signs
        elif signs:
            _ask_for_signs(draft, marks)
    if why:
        _ask_for_marks(draft, marks, why)
        return
    for key, mark, default in (("decimal_mark", decimal, "."), ("thousands_mark", thousands, "")):
        draft.formats.pop(key, None)
        if mark != default:
            draft.formats[key] = mark
    texts = [_mark_evidence(marks, draft.number_format)]
    for column in columns:
        texts += _number_evidence(column, draft.shapes(column), draft.number_format)
    draft.evidence += [("numbers", text) for text in texts]


def _ask_for_marks(draft: Draft, marks: Marks, why: str) -> None:
    counts = ", ".join(
        f"{marks.examples[role, mark]} ({counted(count, 'value')} like it)"
        for role in ("decimal", "thousands", "unclear")
        for mark, count in sorted(getattr(marks, role).items())
    )
    decimals = sorted(mark for mark in ".," if marks.decimal[mark] or marks.unclear[mark])
    options = [
        Option(to_set(f"decimal_mark={mark}"), f"{MARKS[mark]} stands before decimals")
        for mark in decimals
    ]
    if not marks.decimal or len(marks.thousands) > 1:
        options += [
            Option(to_set(f"thousands_mark={mark}"), f"{MARKS[mark]} stands between thousands")
            for mark in sorted({*marks.thousands, *marks.unclear})
        ]
    draft.ask(f"Numbers look like {counts}.", f"{why}.", *options)


def _ask_for_signs(draft: Draft, marks: Marks) -> None:
    signs = sorted(marks.signs)
    counts = ", ".join(f"{sign} ({counted(marks.signs[sign], 'value')})" for sign in signs)
    draft.ask(
        f"Amounts have several currency signs: {counts}.",
        "Amounts in several currencies cannot be added.",
        *(
            Option(to_set(f"currency_signs={sign}"), "values with another sign are rejected")
            for sign in signs
        ),
        Option(to_set(f"currency_signs={'|'.join(signs)}"), "they are one currency"),
    )


def _mark_evidence(marks: Marks, number_format: NumberFormat) -> str:
    parts = []
    for role, mark in (
        ("decimal", number_format.decimal_mark),
        ("thousands", number_format.thousands_mark),
    ):
        count = getattr(marks, role)[mark] + marks.unclear[mark]
        parts.append(
            f"{role} mark {MARKS[mark]} ({counted(count, 'value')})" if count else f"no {role} mark"
        )
    parts += [
        f"currency sign {s} ({counted(marks.signs[s], 'value')})"
        for s in number_format.currency_signs
    ]
    return ", ".join(parts)


def _number_evidence(
    column: Column, shapes: Sequence[Shape], number_format: NumberFormat
) -> Iterator[str]:
    read = [shape for shape in shapes if number_format.reads(shape)]
    for label, is_such in (
        ("in brackets", lambda text: "(" in text),
        ("with a minus behind", lambda text: text.endswith("-")),
    ):
        count = sum(shape.count for shape in read if is_such(shape.text))
        if count:
            yield f"{counted(count, 'value')} of `{column.name}` {label}: below 0"
    unread = [shape for shape in shapes if not number_format.reads(shape)]
    if unread:
        count = sum(shape.count for shape in unread)
        samples = ", ".join(shape.example for shape in unread[:3])
        kind = "another sign or mark" if any(map(parse, unread)) else "no number"
        yield (
            f"{counted(count, 'value')} of `{column.name}` with {kind}, which will be rejected,"
            f" such as {samples}"
        )
