"""Global Superstore: order lines; nothing is returned."""

from __future__ import annotations

from collections.abc import Collection

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
from customer_segments.passport.raw_tables import SUPERSTORE
from customer_segments.passport.records import Business, Event, Histories, Judged, RawRow

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
    )
