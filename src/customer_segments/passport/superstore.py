"""Global Superstore: order lines; nothing is returned."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from customer_segments.passport.cells import (
    DAY_FIRST,
    YEAR_FIRST,
    calendar_day,
    decimal,
    identifier,
    integer,
    text,
)
from customer_segments.passport.judging import (
    Source,
    first_problem,
    histories_of,
    reject_copies,
    reject_repeated_keys,
    shop_attributes,
)
from customer_segments.passport.measures import Tally, ratio
from customer_segments.passport.raw_tables import SUPERSTORE
from customer_segments.passport.records import ZERO, Business, Event, Histories, Judged, RawRow

ATTRIBUTES = {
    "customer_name": "Customer Name",
    "customer_type": "Segment",
    "country": "Country",
    "market": "Market",
    "region": "Region",
}
BUSINESS = Business(order_word="order", has_lines=True, attributes=tuple(ATTRIBUTES))

NEEDED = ("Row ID", "Order ID", "Order Date", "Sales", "Quantity")
AMOUNTS = ("Sales", "Discount", "Profit", "Shipping Cost")
DAYS = ("Order Date", "Ship Date")

MEAN_PLACES = 6
ORDER_KINDS = {
    "furniture_order_count": ("Category", "Furniture"),
    "office_supplies_order_count": ("Category", "Office Supplies"),
    "technology_order_count": ("Category", "Technology"),
    "critical_priority_order_count": ("Order Priority", "Critical"),
    "high_priority_order_count": ("Order Priority", "High"),
    "medium_priority_order_count": ("Order Priority", "Medium"),
    "low_priority_order_count": ("Order Priority", "Low"),
    "same_day_order_count": ("Ship Mode", "Same Day"),
    "first_class_order_count": ("Ship Mode", "First Class"),
    "second_class_order_count": ("Ship Mode", "Second Class"),
    "standard_class_order_count": ("Ship Mode", "Standard Class"),
}
"""Counts of orders with a line that says so: raw column and its text."""


def histories(source: Source, ids: Collection[str] | None) -> Histories:
    """Histories of customers by id; of all of them for None."""
    lines = [_judged(source, row) for row in source.raw.rows(SUPERSTORE, ids=ids)]
    if source.settings.reject_duplicate_lines:
        lines.sort(key=lambda line: line.key or "")
        reject_copies(lines, _content)
    reject_repeated_keys(lines)
    found = histories_of(source, lines, _event)
    shop_attributes(source, lines, found, ATTRIBUTES)
    return found


def order_measures(tally: Tally) -> dict[str, Any]:
    """What superstore_bisecting looks at beside the behaviour; nothing without orders."""
    lines = tally.purchases
    if not lines:
        return {}
    margins = [line.details["Profit"] for line in lines if line.details["Profit"] is not None]
    delays = [
        (line.details["Ship Date"] - line.day).days
        for line in lines
        if line.details["Ship Date"] is not None and line.details["Ship Date"] < tally.as_of
    ]
    discounts = [line.details["Discount"] for line in lines if line.details["Discount"] is not None]
    counts = {
        name: len({line.order_id for line in lines if line.details[column] == kind})
        for name, (column, kind) in ORDER_KINDS.items()
    }
    return counts | {
        "days_since_first_order": tally.days_ago(min(line.day for line in lines)),
        "mean_order_amount": ratio(tally.gross, len(tally.orders)),
        "purchase_line_count": len(lines),
        "unit_count": sum(line.details["Quantity"] for line in lines),
        "distinct_product_count": len({line.product_id for line in lines} - {None}),
        "mean_discount_rate": _mean(discounts),
        "profit_margin": ratio(sum(margins, ZERO), tally.gross, MEAN_PLACES) if margins else None,
        "mean_shipping_delay_days": _mean(delays),
    }


def _mean(values: Sequence[Decimal | int]) -> Decimal | None:
    return ratio(sum(values), len(values), MEAN_PLACES)


def _judged(source: Source, row: RawRow) -> Judged:
    values = {name: text(cell) for name, cell in row.cells.items()}
    values |= {name: decimal(row.cells[name]) for name in AMOUNTS}
    values |= {name: calendar_day(row.cells[name], DAY_FIRST, YEAR_FIRST) for name in DAYS}
    values |= {
        "Quantity": integer(row.cells["Quantity"]),
        "Customer ID": identifier(row.cells["Customer ID"]),
        # Some names have blanks of another kind, which make no other product.
        "Product Name": text((row.cells["Product Name"] or "").replace("\u00a0", " ")),
    }
    judged = Judged(
        row,
        values["Customer ID"],
        values["Order Date"],
        None,
        values,
        key=text(row.cells["Row ID"]),
    )
    judged.reason = _problem(source, judged)
    return judged


def _problem(source: Source, line: Judged) -> str | None:
    values, cells = line.values, line.row.cells

    def is_unreadable(name: str) -> bool:
        return values[name] is None and text(cells[name]) is not None

    problems = {
        "missing_value": lambda: any(text(cells[name]) is None for name in NEEDED),
        "invalid_number": lambda: any(map(is_unreadable, (*AMOUNTS, "Quantity"))),
        "invalid_date": lambda: any(map(is_unreadable, DAYS)),
        "implausible_date": lambda: any(
            values[name] and not source.settings.is_plausible(values[name]) for name in DAYS
        ),
        "no_price": lambda: values["Sales"] == 0,
        "negative_price": lambda: values["Sales"] < 0,
        "no_quantity": lambda: values["Quantity"] <= 0,
    }
    return first_problem(problems)


def _content(line: Judged) -> object:
    """All that a line says but for its own number."""
    return tuple(value for name, value in line.values.items() if name != "Row ID")


def _event(line: Judged) -> Event | None:
    if line.reason == "no_price":
        return Event(line.row, line.day, "line without a price", is_active=False)
    if line.reason is not None:
        return None
    return Event(
        line.row,
        line.day,
        "purchase",
        order_id=line.values["Order ID"],
        product_id=line.values["Product ID"],
        gross=line.values["Sales"],
        details=line.values,
    )
