"""Online Retail: invoice lines, cancellations, charges that are no products."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from customer_segments.passport.cells import (
    EXACT,
    YEAR_FIRST,
    decimal,
    identifier,
    in_range,
    integer,
    moment,
    text,
)
from customer_segments.passport.judging import (
    Source,
    first_problem,
    histories_of,
    reject_copies,
    shop_attributes,
)
from customer_segments.passport.raw_tables import ONLINE_RETAIL
from customer_segments.passport.records import ZERO, Business, Event, Histories, Judged, RawRow

BUSINESS = Business(order_word="invoice", has_lines=True, attributes=("country",))

NEEDED = ("InvoiceNo", "Quantity", "InvoiceDate", "UnitPrice")


def histories(source: Source, ids: Collection[str] | None) -> Histories:
    """Histories of customers by id; of all of them for None."""
    lines = [_judged(source, row) for row in source.raw.rows(ONLINE_RETAIL, ids=ids)]
    if source.settings.reject_duplicate_lines:
        reject_copies(lines, lambda line: tuple(line.row.cells.values()))
    charges = {
        code
        for (code,) in source.warehouse.execute(
            "select stock_code from rules.online_retail_charge_codes"
        ).fetchall()
    }
    found = histories_of(source, lines, lambda line: _event(line, charges))
    shop_attributes(source, lines, found, {"country": "country"})
    return found


def _judged(source: Source, row: RawRow) -> Judged:
    cells = row.cells
    invoiced_at = moment(cells["InvoiceDate"], YEAR_FIRST)
    values = {
        "invoice": text(cells["InvoiceNo"]),
        "code": text(cells["StockCode"]),
        "quantity": integer(cells["Quantity"]),
        "price": decimal(cells["UnitPrice"]),
        "country": text(cells["Country"]),
    }
    if values["quantity"] is not None and values["price"] is not None:
        values["amount"] = in_range(EXACT.multiply(Decimal(values["quantity"]), values["price"]))
    day = invoiced_at.date() if invoiced_at else None
    judged = Judged(row, identifier(cells["CustomerID"]), day, None, values)
    judged.reason = _problem(source, judged)
    return judged


def _problem(source: Source, line: Judged) -> str | None:
    values = line.values
    is_cancellation = (values["invoice"] or "").startswith("C")
    problems = {
        "missing_value": lambda: any(text(line.row.cells[name]) is None for name in NEEDED),
        "invalid_number": lambda: "amount" not in values,
        "invalid_date": lambda: line.day is None,
        "implausible_date": lambda: not source.settings.is_plausible(line.day),
        "amount_out_of_range": lambda: values["amount"] is None,
        "adjustment": lambda: values["invoice"].startswith("A"),
        "no_price": lambda: values["price"] == 0,
        "negative_price": lambda: values["price"] < 0,
        "no_quantity": lambda: values["quantity"] == 0,
        "positive_cancellation": lambda: is_cancellation and values["quantity"] > 0,
    }
    return first_problem(problems)


def _event(line: Judged, charges: Collection[str]) -> Event | None:
    if line.reason == "no_price":
        return Event(
            line.row, line.day, "line without a price", is_active=False, details=line.values
        )
    if line.reason is not None:
        return None
    values = line.values
    code = values["code"].upper() if values["code"] else None
    is_product = code not in charges
    if values["invoice"].startswith("C") or values["quantity"] < 0:
        amount = -values["amount"]
        return Event(
            line.row,
            line.day,
            "return" if is_product else "credit of a charge",
            return_id=values["invoice"],
            returned=amount,
            product_returned=amount if is_product else ZERO,
            details=values,
        )
    return Event(
        line.row,
        line.day,
        "purchase" if is_product else "charge",
        order_id=values["invoice"],
        product_id=code if is_product else None,
        gross=values["amount"],
        details=values,
    )
