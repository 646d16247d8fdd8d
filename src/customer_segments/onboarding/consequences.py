"""What follows from a mapping: what will be rejected, what is a return, who is a guest."""

from __future__ import annotations

import difflib

from customer_segments.onboarding.draft import Draft, Match, Option, to_set
from customer_segments.onboarding.names import IDS
from customer_segments.onboarding.profiling import filled, text_of
from customer_segments.onboarding.reading import Column, counted

MANY_EVENT_TYPES = 1_000
MANY_VALUES = 1_000
"""Statuses or currencies that are looked at."""
PLACEHOLDERS = {"0", "-1", "guest", "anonymous", "anon", "unknown", "undefined", "none", "no id"}
"""Ids that many shops write for customers they do not know."""
MANY_ROWS = 2
"""Times the rows of a usual customer from which such an id is asked about: an id may well be 0."""
NEEDED = ("order_id", "line_id", "amount", "quantity", "unit_price", "exchange_rate", "currency")
"""Names without which a row is rejected where they are mapped."""


def say_consequences(draft: Draft) -> None:
    """Note what follows from the mapping, and ask what must be known for it.

    Args:
        draft: with mapping and formats; gets `notes` and questions.
    """
    for name in IDS:
        if name in draft.matches:
            _note_spelling(draft, draft.matches[name])
    if "customer_id" in draft.matches:
        _note_guests(draft, draft.matches["customer_id"])
    if draft.kind == "orders":
        _ask_about_status(draft)
        _ask_about_currency(draft)
        _note_orders(draft)
    else:
        _note_events(draft)


def _note_guests(draft: Draft, customer: Match) -> None:
    column = customer.column
    guests = draft.source.row_count - draft.value_count(column)
    draft.notes.insert(
        0,
        f"{draft.rows(guests)} without `{column.name}`: guests, who are in the totals only."
        if guests
        else f"`{column.name}` is never blank: no guests.",
    )
    if draft.settings.texts("null_values") is not None:
        return
    known = list(draft.formats.get("null_values", []))
    usual = customer.profile.filled_count / max(customer.profile.distinct_count, 1)
    for value, count in draft.values(column, 5).items():
        if value.lower() in PLACEHOLDERS and count > MANY_ROWS * usual:
            guest = f"null_values={'|'.join([*known, value])}"
            draft.ask(
                f"{draft.rows(count)} with the `{column.name}` {value!r}.",
                "It may be a customer, or stand for all who are not known.",
                Option(to_set(guest), "guests; the text then means nothing in any column"),
                Option(to_set(f"null_values={'|'.join(known)}"), "one customer"),
            )


def _note_spelling(draft: Draft, match: Match) -> None:
    column, text = match.column, text_of(match.column)
    if column.type in ("DOUBLE", "FLOAT"):
        draft.notes.append(
            f"`{column.name}` is floating point; ids are read as whole numbers (17850.0 is 17850)."
        )
    if not column.is_text:
        return
    others = draft.one(
        f"select count(*) from records where {filled(column, draft.nothing)}"
        f" and not regexp_full_match({text}, '[0-9]+[.]0')"
    )
    if others == 0:
        draft.notes.append(
            f"All values of `{column.name}` end in .0, such as {match.profile.samples[0]}. Ids are"
            " text as they stand, so they will not meet ids without .0 of another file."
        )
    if match.name == "customer_id":
        _note_look_alikes(draft, column)


def _note_look_alikes(draft: Draft, column: Column) -> None:
    count, example = draft.connection.execute(
        f"""
        select count(*), min(spellings)
        from (
            select list(distinct {column.sql} order by {column.sql}) as spellings
            from records
            where {filled(column, draft.nothing)}
            group by ltrim(lower({text_of(column)}), '0')
            having count(distinct {column.sql}) > 1
        )
        """
    ).fetchone()
    if count:
        draft.notes.append(
            f"{counted(count, 'group')} of ids that differ only by case, blanks or leading zeros,"
            f" such as {' and '.join(map(repr, example))}. Each spelling is a customer."
        )


# --- Orders ---------------------------------------------------------------------------------------


def _note_orders(draft: Draft) -> None:
    if "order_id" not in draft.matches:
        draft.notes.append("No order_id is mapped: one order per customer and time stamp.")
    needed = [draft.matches[name] for name in NEEDED if name in draft.matches]
    for match in needed:
        is_used = match.name != "quantity" or "amount" not in draft.matches
        missing = draft.source.row_count - draft.value_count(match.column)
        if missing and is_used:
            draft.notes.append(
                f"{draft.rows(missing)} without `{match.column.name}`, which will be rejected."
            )
        if match.name in ("amount", "quantity", "unit_price") and is_used:
            negative = _negative_count(draft, match.column)
            draft.notes.append(
                f"{draft.rows(negative)} with `{match.column.name}` below 0: returns."
                if negative
                else f"`{match.column.name}` is never below 0: no returns by it."
            )
    for column in draft.columns("is_return"):
        draft.notes.append(f"Rows where `{column.name}` is true are returns.")
    for column in draft.columns("refunded_amount"):
        draft.notes.append(f"`{column.name}` counts as returned on the day of the order.")


def _negative_count(draft: Draft, column: Column) -> int:
    if not column.is_text:
        return draft.one(f"select count(*) from records where {column.sql} < 0")
    return sum(
        shape.count
        for shape in draft.shapes(column)
        if shape.is_negative and draft.number_format.reads(shape)
    )


def _ask_about_status(draft: Draft) -> None:
    if "status" not in draft.matches:
        return
    (column,) = draft.columns("status")
    ignored, returned = (draft.settings.texts(f"{what}_statuses") for what in ("ignored", "return"))
    if ignored is None and returned is None:
        draft.ask(
            f"`{column.name}` has {draft.listed(column)}.",
            "Orders that were cancelled or never paid are no purchases. Which statuses say that?",
            Option(to_set("ignored_statuses=A|B"), "rows of these do not count"),
            Option(to_set("return_statuses=C"), "rows of these are returns"),
            Option(to_set("ignored_statuses="), "all rows count"),
        )
        return
    known = list(draft.values(column, MANY_VALUES))
    for status in [*(ignored or []), *(returned or [])]:
        if status not in known:
            near = difflib.get_close_matches(status, known, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            draft.notes.append(f"No row has the status {status!r}.{hint}")


def _ask_about_currency(draft: Draft) -> None:
    for column in draft.columns("exchange_rate"):
        if "exchange_rate" not in draft.settings.columns:
            draft.ask(
                f"`{column.name}` is called like exchange_rate.",
                "Amounts may have been converted with it already.",
                Option(to_set(f"exchange_rate={column.name}"), "amounts are multiplied with it"),
                Option(to_set("exchange_rate="), "amounts are in one currency"),
            )
    if "exchange_rate" in draft.matches or draft.settings.text("only_currency"):
        return
    for column in draft.columns("currency"):
        currencies = [value.upper() for value in draft.values(column, MANY_VALUES)]
        if len(set(currencies)) > 1:
            draft.ask(
                f"`{column.name}` has {draft.listed(column)}.",
                "Amounts in several currencies cannot be added.",
                Option(to_set(f"only_currency={currencies[0]}"), "rows in another are rejected"),
                Option(to_set("exchange_rate=COLUMN"), "amounts are multiplied with it"),
                Option(to_set("currency="), "amounts are in one currency all the same"),
            )


# --- Interactions ---------------------------------------------------------------------------------


def _note_events(draft: Draft) -> None:
    if "session_id" not in draft.matches:
        draft.notes.append(
            "No session_id is mapped: a session ends after 30 minutes without a row (var"
            " session_gap_minutes)."
        )
    if "event_type" not in draft.matches:
        return
    match = draft.matches["event_type"]
    name, count = match.column.name, match.profile.distinct_count
    if count > MANY_EVENT_TYPES and "event_type" not in draft.settings.columns:
        draft.ask(
            f"`{name}` has {count:,} different values, such as {', '.join(match.profile.samples)}.",
            "It looks like a page or an id, not like a type of event.",
            Option(to_set("event_type=", f"item={name}"), "it is what was looked at"),
            Option(to_set(f"event_type={name}"), "it is a type of event all the same"),
        )
    elif not draft.formats.keys() & {"click_types", "impression_types"}:
        draft.notes.append(
            f"`{name}` has {draft.listed(match.column)}. To count clicks and impressions, name"
            f" theirs: {to_set('click_types=A|B')}, {to_set('impression_types=C')}."
        )
