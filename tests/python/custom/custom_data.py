"""Businesses of a few rows each: their files, and the vars that read them by a mapping."""

from __future__ import annotations

import csv
import io
import json
import random
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from builds import Builder, Warehouse, write_bytes

# Columns of the files here, unless a test is about the columns.
ORDERS = {"customer_id": "id", "ordered_at": "day", "amount": "total"}
EVENTS = {"customer_id": "id", "occurred_at": "at"}

# Of the rows that sales() and visits() make.
SALES = {
    "customer_id": "client",
    "order_id": "order",
    "ordered_at": "at",
    "amount": "total",
    "is_return": "is_back",
    "refunded_amount": "refund",
    "product_id": "sku",
    "country": "land",
}
VISITS = {
    "customer_id": "user",
    "occurred_at": "at",
    "session_id": "visit",
    "event_type": "kind",
    "item": "page",
}

# Without fits and grids, for tests that are not about them.
MARTS = (
    "+customer_recency +customer_frequency +customer_monetary +customer_engagement"
    " +customer_scores +control_totals +rejected_rows +int_customer_attributes"
)
STAGED = "stg_custom__orders stg_custom__interactions int_custom_sources"

EVERY_LINE = "every_line_is_staged_stg_custom__orders_custom__orders"

Entry = dict[str, Any]


class Businesses:
    """Files in one folder, and the entries of vars custom_orders and custom_interactions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.variables: dict[str, list[Entry]] = {"custom_orders": [], "custom_interactions": []}
        self.rows: Counter[tuple[str, str]] = Counter()

    def write(self, name: str, lines: str | bytes | Iterable[str]) -> str:
        """Write a text file, packed where its name says so; return its name."""
        if not isinstance(lines, bytes):
            text = lines if isinstance(lines, str) else "".join(f"{line}\n" for line in lines)
            lines = text.encode()
        write_bytes(self.folder / name, lines)
        return name

    def add(self, kind: str, system: str, lines: Iterable[str] = (), **settings: Any) -> None:
        """Add a business: `lines` of CSV, header first, or rows where `settings` say."""
        if lines:
            lines = list(lines)
            settings["files"] = self.write(f"{system}_{kind}.csv", lines)
            self.rows[system, kind] = len(lines) - 1
        self.variables[f"custom_{kind}"].append({"source_system": system, **settings})

    def orders(self, system: str, lines: Iterable[str] = (), **settings: Any) -> None:
        """Add a business with orders; mapped columns are ORDERS and those in `more`."""
        settings["columns"] = settings.pop("columns", ORDERS) | settings.pop("more", {})
        self.add("orders", system, lines, **settings)

    def interactions(self, system: str, lines: Iterable[str] = (), **settings: Any) -> None:
        """Add a business with interactions; mapped columns are EVENTS and those in `more`."""
        settings["columns"] = settings.pop("columns", EVENTS) | settings.pop("more", {})
        self.add("interactions", system, lines, **settings)

    def build(self, build: Builder, name: str, **arguments: Any) -> Warehouse:
        """Build them from their folder."""
        variables = self.variables | arguments.pop("variables", {})
        arguments.setdefault("data_dir", self.folder)
        return build(name, variables=variables, **arguments)


def staged(
    build: Builder, folder: Path, lines: Iterable[str], fails: bool = False, **settings: Any
) -> Warehouse:
    """Build the staging model of one business with orders, and what follows at once: quick."""
    one = Businesses(folder)
    one.orders("shop", lines, **settings)
    return one.build(build, folder, select=STAGED, fails=fails)


def rejections(warehouse: Warehouse, system: str, table: str = "orders") -> dict[str, str]:
    """Reason by customer (column `id` of the raw row)."""
    return {
        str(json.loads(raw_row).get("id")): reason
        for raw_row, reason in warehouse.query(
            "select raw_row, rejection_reason from marts.rejected_rows"
            " where (source_system, source_table) = (?, ?)",
            [system, table],
        )
    }


def customers(
    warehouse: Warehouse, system: str, columns: str, table: str = "customers"
) -> dict[str, Any]:
    """Value of one column, or tuple of several, by customer."""
    rows = warehouse.query(
        f"select customer_id, {columns} from marts.{table} where source_system = ?", [system]
    )
    return {customer: rest[0] if len(rest) == 1 else tuple(rest) for customer, *rest in rows}


def totals(
    warehouse: Warehouse, system: str, measure: str = "rows", table: str = "orders"
) -> tuple[Decimal, ...]:
    """Raw total, used, guest, after as-of, rejected; the difference must be 0."""
    *parts, difference = warehouse.one(
        "select raw_total, used, guest, after_as_of, rejected, difference"
        " from marts.control_totals where (source_system, measure, source_table) = (?, ?, ?)",
        [system, measure, table],
    )
    assert difference == 0
    return tuple(parts)


def sales(count: int = 600) -> list[Entry]:
    """Rows of orders, the same on every call: guests, returns, refunds, free goods, two days."""
    draw = random.Random("sales")
    rows = []
    for number in range(count):
        order = number // 2
        client = None if order % 29 == 0 else 1000 + int(draw.betavariate(1, 2) * 90)
        minute = draw.randrange(365 * 24 * 60)
        cents = draw.randrange(1, 20_000)
        rows.append(
            {
                "client": client,
                "order": order % 200,
                "at": datetime(2023, 1, 1) + timedelta(minutes=minute, seconds=number % 60),
                "total": Decimal(0 if number % 41 == 0 else -cents if number % 13 == 0 else cents)
                / 100,
                "is_back": number % 17 == 0,
                "refund": Decimal(number % 7) if number % 11 == 0 else None,
                "sku": f"P{draw.randrange(40)}",
                "land": draw.choice(["Peru", "Chile, north", 'the "south"', "", None]),
            }
        )
    # A refund on a return is refused, and so is what has both marks.
    for row in rows:
        if row["is_back"] or row["total"] <= 0:
            row["refund"] = None
    return rows


def visits(count: int = 1500) -> list[Entry]:
    """Rows of interactions, the same on every call: some with a session id, most in bursts."""
    draw = random.Random("visits")
    rows = []
    at = {}
    for number in range(count):
        user = 1020 + int(draw.betavariate(1, 2) * 90)
        start = datetime(2023, 1, 1) + timedelta(minutes=draw.randrange(365 * 24 * 60))
        step = timedelta(minutes=draw.choice([1, 5, 29, 30, 31, 600, 20_000]))
        at[user] = min(at.get(user, start) + step, datetime(2023, 12, 31, 23, 59))
        rows.append(
            {
                "user": None if number % 37 == 0 else user,
                "at": at[user],
                "visit": f"v{number // 40}" if number % 3 == 0 else None,
                "kind": draw.choice(["view", "view", "click", "buy", None]),
                "page": draw.choice(["/", "/a", "/b", "/c,d", None]),
            }
        )
    draw.shuffle(rows)
    return rows


def csv_lines(rows: list[Entry], delimiter: str = ",") -> list[str]:
    """Rows as lines of CSV, header first; null is an empty cell."""
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0], delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().splitlines()
