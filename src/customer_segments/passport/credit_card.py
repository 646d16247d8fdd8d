"""CC GENERAL: one row per card holder, aggregated by the publisher; there are no events."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from customer_segments.passport.cells import decimal, identifier, integer, text
from customer_segments.passport.judging import REJECTED, USED, Source, reject_repeated_keys
from customer_segments.passport.raw_tables import CARD_HOLDERS
from customer_segments.passport.records import (
    Business,
    Entry,
    Fact,
    Facts,
    Histories,
    History,
    Judged,
    RawRow,
)

BUSINESS = Business()

COUNTS = ("CASH_ADVANCE_TRX", "PURCHASES_TRX", "TENURE")
AMOUNT_PLACES = 6


def histories(source: Source, ids: Collection[str] | None) -> Histories:
    """Histories of card holders by id, without events; of all of them for None."""
    holders = [_judged(row) for row in source.raw.rows(CARD_HOLDERS, ids=ids)]
    reject_repeated_keys(holders)
    found: Histories = {}
    for holder in holders:
        if holder.customer_id is None:
            continue
        history = found.setdefault(holder.customer_id, History())
        if holder.reason is not None:
            history.entries.append(Entry(holder.row, REJECTED, holder.reason))
            continue
        history.entries.append(Entry(holder.row, USED, "card holder"))
        history.published = {
            name.lower(): Fact(value, f"`{name}` as published", (holder.row,))
            for name, value in holder.values.items()
        }
    return found


def completed(published: Facts, typical: Mapping[str, Decimal]) -> dict[str, Any]:
    """What card_autoencoder looks at: the attributes, and what stands in for missing ones."""
    return {
        name: typical.get(name) if fact.value is None else fact.value
        for name, fact in published.items()
    }


def _judged(row: RawRow) -> Judged:
    values = {
        name: integer(cell) if name in COUNTS else decimal(cell, AMOUNT_PLACES)
        for name, cell in row.cells.items()
        if name != "CUST_ID"
    }
    is_unreadable = any(
        value is None and text(row.cells[name]) is not None for name, value in values.items()
    )
    customer_id = identifier(row.cells["CUST_ID"])
    reason = "invalid_number" if is_unreadable else None
    return Judged(row, customer_id, None, reason, values, customer_id)
