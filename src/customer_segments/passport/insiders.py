"""The measures of the segmentation insiders: Online Retail by the rules of the write-up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from customer_segments.passport.judging import Source
from customer_segments.passport.measures import Tally, ratio
from customer_segments.passport.records import ZERO, Event

MEAN_PLACES = 6

Exclusions = dict[str, set[str]]
"""By kind the values that do not count."""


def insider_measures(source: Source, customer_id: str, tally: Tally) -> dict[str, Any] | None:
    """What insiders looks at; None for a customer outside the fit."""
    exclusions = _exclusions(source)
    if customer_id in exclusions.get("customer", ()):
        return None
    lines = [
        event
        for event in _without_copies(source, tally.events)
        if _counts(event, exclusions) and event.details["quantity"] is not None
    ]
    bought = [event for event in lines if event.details["quantity"] >= 0]
    returned = [event for event in lines if event.details["quantity"] < 0]
    net = sum((_amount(event) for event in lines), ZERO)
    if not bought or any(net <= Decimal(limit) for limit in exclusions.get("net_amount", ())):
        return None
    days = sorted({event.day for event in bought})
    orders = {event.details["invoice"] for event in bought}
    documents = {event.details["invoice"] for event in returned}
    products = {(event.details["invoice"], _code(event)) for event in bought}
    returned_amount = -sum((_amount(event) for event in returned), ZERO)
    units = sum(event.details["quantity"] for event in lines)
    recency = tally.days_ago(days[-1])
    between = (days[-1] - days[0]).days
    span = between or recency
    return {
        "recency_days": recency,
        "mean_days_between_purchases": _mean(between, len(days) - 1) or ZERO,
        "order_count": len(orders),
        "purchase_span_days": span,
        "orders_per_day": _mean(len(orders), span),
        "net_amount": net,
        "mean_ticket_amount": _mean(net, len(orders)),
        "net_unit_count": units,
        "mean_basket_unit_count": _mean(units, len(orders) + len(documents)),
        "mean_basket_product_count": _mean(len(products), len(orders)),
        "returned_amount": returned_amount,
        "mean_returned_line_amount": _mean(returned_amount, len(returned)) or ZERO,
        "return_line_count": len(returned),
        "returned_unit_count": -sum(event.details["quantity"] for event in returned),
    }


def _exclusions(source: Source) -> Exclusions:
    found: Exclusions = {}
    for kind, value in source.warehouse.execute(
        "select kind, value from rules.insiders_exclusions"
    ).fetchall():
        found.setdefault(kind, set()).add(value)
    return found


def _counts(event: Event, exclusions: Exclusions) -> bool:
    """Whether a line is of a product, in a country that counts."""
    code = _code(event) or ""
    return (
        any(character in "0123456789" for character in code)
        and code not in exclusions.get("stock_code", ())
        and event.details["country"] not in exclusions.get("country", ())
    )


def _without_copies(source: Source, events: Sequence[Event]) -> Iterator[Event]:
    """Events without the copies that are to be rejected: lines without a price still have them."""
    seen: set[tuple[str | None, ...]] = set()
    for event in events:
        content = tuple(event.row.cells.values())
        if content not in seen or not source.settings.reject_duplicate_lines:
            yield event
        seen.add(content)


def _code(event: Event) -> str | None:
    code = event.details["code"]
    return code.upper() if code else None


def _amount(event: Event) -> Decimal:
    return event.details["amount"] or ZERO


def _mean(total: Decimal | int, count: int) -> Decimal | None:
    return ratio(total, count, MEAN_PLACES)
