"""Custom sources: rows as staged, one per raw row, read through the user's column mapping."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from customer_segments.passport.cells import cells_of
from customer_segments.passport.judging import Source, histories_of, shop_attributes
from customer_segments.passport.records import ZERO, Business, Event, Histories, Judged, RawRow

ORDERS, INTERACTIONS = "orders", "interactions"

HAS_ITEMS = """
select count(*) > 0 from staging.stg_custom__interactions
where
    source_system = ? and customer_id is not null and item is not null
    and rejection_reason is null and occurred_at < ?
"""


def business(source: Source) -> Business:
    """What the mapping of a business lets it record."""
    has_orders = _has(source, ORDERS)
    if not _has(source, INTERACTIONS):
        return Business(order_word="order", has_lines=True, attributes=("country", "channel"))
    mapping = source.settings.custom[INTERACTIONS, source.system]
    ((has_items,),) = source.warehouse.execute(HAS_ITEMS, [source.system, source.as_of]).fetchall()
    return Business(
        order_word="order" if has_orders else None,
        has_lines=has_orders,
        interaction_word="interaction",
        has_clicks=mapping.get("click_types") is not None,
        has_impressions=mapping.get("impression_types") is not None,
        has_items=has_items,
        attributes=("country", "channel") if has_orders else (),
    )


def histories(source: Source, ids: Collection[str] | None) -> Histories:
    """Histories of customers by id; of all of them for None."""
    lines = _staged(source, ORDERS, "ordered_at", ids)
    interactions = _staged(source, INTERACTIONS, "occurred_at", ids)
    openings = _openings(interactions, source.settings.session_gap.total_seconds())

    def to_event(judged: Judged) -> Event | None:
        if judged.row.table == ORDERS:
            return _order_event(judged)
        return _interaction_event(judged, id(judged) in openings)

    found = histories_of(source, [*lines, *interactions], to_event)
    shop_attributes(source, lines, found, {"country": "country", "channel": "channel"})
    return found


def _has(source: Source, kind: str) -> bool:
    return (kind, source.system) in source.settings.custom


def _staged(
    source: Source, kind: str, time_column: str, ids: Collection[str] | None
) -> list[Judged]:
    if not _has(source, kind):
        return []
    sql = f"select * from staging.stg_custom__{kind} where source_system = ?"
    parameters: list[Any] = [source.system]
    if ids is not None:
        sql += " and customer_id in (select unnest(cast(? as varchar[])))"
        parameters.append(sorted(ids))
    result = source.warehouse.execute(sql, parameters)
    names = [column[0] for column in result.description]
    return [
        _judged(kind, dict(zip(names, values, strict=True)), time_column)
        for values in result.fetchall()
    ]


def _judged(kind: str, values: dict[str, Any], time_column: str) -> Judged:
    raw_row, at = values.pop("raw_row"), values[time_column]
    cells = cells_of(raw_row) if raw_row else _shown(values)
    return Judged(
        RawRow(kind, values["source_file"], cells),
        values["customer_id"],
        at.date() if at else None,
        values["rejection_reason"],
        values,
    )


def _shown(values: dict[str, Any]) -> dict[str, str | None]:
    hidden = ("source_system", "source_file", "line_count", "rejection_reason")
    return {
        name: None if value is None else str(value)
        for name, value in values.items()
        if name not in hidden
    }


def _order_event(line: Judged) -> Event | None:
    values = line.values
    if line.reason == "no_price":
        return Event(line.row, line.day, "line without a price", is_active=False)
    if line.reason is not None:
        return None
    if values["line_amount"] < 0:
        amount = -values["line_amount"]
        return Event(
            line.row,
            line.day,
            "return",
            return_id=values["order_id"],
            returned=amount,
            product_returned=amount,
        )
    refund = values["refunded_amount"] or ZERO
    return Event(
        line.row,
        line.day,
        "purchase, with a refund" if refund else "purchase",
        order_id=values["order_id"],
        return_id=values["order_id"] if refund > 0 else None,
        product_id=values["product_id"],
        gross=values["line_amount"],
        returned=refund,
        product_returned=refund,
    )


def _interaction_event(row: Judged, is_opening: bool) -> Event | None:
    if row.reason is not None:
        return None
    return Event(
        row.row,
        row.day,
        "interaction, opens a session" if is_opening else "interaction",
        is_interaction=True,
        interactions=1,
        sessions=int(is_opening),
        clicks=int(bool(row.values["is_click"])),
        impressions=int(bool(row.values["is_impression"])),
        item=row.values["item"],
    )


def _openings(interactions: list[Judged], gap_seconds: float) -> set[int]:
    """Identities of the rows that open a session.

    A session id is one session; without one, a session ends after the gap. Gaps are measured in
    `instant`, so that they span a change of the clock.
    """
    usable = [row for row in interactions if row.reason is None]
    usable.sort(key=lambda row: row.values["instant"])
    last: dict[tuple[str | None, str | None], datetime] = {}
    openings = set()
    for row in usable:
        key, instant = (row.customer_id, row.values["session_id"]), row.values["instant"]
        before = last.get(key)
        is_late = before is not None and (instant - before).total_seconds() > gap_seconds
        if before is None or (is_late and row.values["session_id"] is None):
            openings.add(id(row))
        last[key] = instant
    return openings
