"""Recomputing whole warehouses, and raw files with damage in every table."""

from __future__ import annotations

import csv
import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from builds import SAMPLE, Warehouse, rewrite

from customer_segments.passport.comparison import (
    differences,
    rejection_differences,
    stored_rejections,
    stored_rows,
)
from customer_segments.passport.recompute import Recomputed, recomputation

# Tables of schema marts with a column customer_id; a new one must be explained, too. Months and
# months of programmes are computed again by tests of their own (tests/python/history/).
KEYED_TABLES = """
select table_name, list(column_name)
from information_schema.columns
where
    table_schema = 'marts'
    and table_name not in ('customer_segments_monthly', 'programme_memberships')
group by table_name
having list_contains(list(column_name), 'customer_id')
"""


@dataclass(frozen=True)
class Compared:
    """All that was recomputed of a source system, and in what the warehouse differs."""

    customers: dict[str, Recomputed]
    differences: list[str]


def compared(warehouse: Warehouse, system: str, ids: Collection[str] | None = None) -> Compared:
    with (
        duckdb.connect(str(warehouse.path), read_only=True) as connection,
        recomputation(connection, system) as found,
    ):
        recomputed = found.customers(ids)
        stored = stored_rows(connection, system, ids)
        rejected = stored_rejections(found.source, ids)
    problems = []
    for customer_id in sorted(recomputed.keys() | stored.keys() | rejected.keys()):
        own = recomputed.get(customer_id)
        if own is None:
            problems.append(f"{customer_id}: is in the warehouse and in no raw row")
            continue
        found_differences = differences(own, stored.get(customer_id, {}))
        found_differences += rejection_differences(
            own.history.entries, rejected.get(customer_id, {})
        )
        problems += [f"{customer_id}: {difference}" for difference in found_differences]
    customers = {
        customer_id: own for customer_id, own in recomputed.items() if own.history.is_customer
    }
    return Compared(customers, problems)


def customer_ids(warehouse: Warehouse, system: str, count: int) -> list[str]:
    """Some customers, the same on every call."""
    return [
        customer_id
        for (customer_id,) in warehouse.query(
            "select customer_id from marts.customers where source_system = ?"
            " order by md5(customer_id) limit ?",
            [system, count],
        )
    ]


DIRT = (
    *(b"", b" ", b"x", b"0", b"-5", b"2.5", b" 7 ", b"+3", b".5", b"1.000005", b"99999999999999"),
    *(b"9999-12-31", b"1970-01-01", b"31/12/2069", b"29/02/2013", b"991231", b"930231", b"930101"),
    *(b"OWNER", b"VYBER", b"A1", b"C1"),
)


def dirty_files(folder: Path) -> Path:
    """Copy the sample with a cell in 16 lines damaged, and a line in 50 twice.

    Half of the damage is the cell of the line before, so that ids occur twice and rows change
    hands.
    """
    return rewrite(SAMPLE, folder, _soiled)


def _soiled(name: str, lines: list[bytes]) -> list[bytes]:
    draw = random.Random(name)
    system = name.split("/")[0]
    delimiter = {"berka": b";", "avito": b"\t"}.get(system, b",")
    header, *records = lines
    before = None
    result = [header]
    for record in records:
        # One kind of line ends per file: more than one is more than DuckDB's reader can take.
        line_end = b"\r" if record.endswith(b"\r") else b""
        cells = record.removesuffix(b"\r").split(delimiter)
        if len(cells) == len(header.split(delimiter)):
            previous, before = before, list(cells)
            if previous and draw.random() < 1 / 16:
                column = draw.randrange(len(cells))
                cells[column] = draw.choice((draw.choice(DIRT), previous[column]))
        soiled = delimiter.join(cells) + line_end
        result += [soiled] * (2 if draw.random() < 1 / 50 else 1)
    return result


def write_rows(path: Path, rows: list[dict[str, Any]]) -> str:
    """Write rows as CSV, null as an empty cell; return the name of the file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path.name


def shop_rows(count: int = 150) -> list[dict[str, Any]]:
    """Orders of a small business: returns, refunds, free goods, unusable rows, nobody's rows."""
    draw = random.Random("passport shop")
    return [
        {
            "client": None if number % 23 == 0 else f"c{draw.randrange(12)}",
            "order": number // 2 % 50,
            "at": datetime(2023, 1, 1) + timedelta(minutes=draw.randrange(365 * 24 * 60)),
            "total": "x"
            if number % 29 == 0
            else Decimal(draw.randrange(-200, 900)) / 100
            if number % 13
            else 0,
            "refund": Decimal(number % 5) / 4 if number % 11 == 0 else None,
            "sku": f"P{draw.randrange(9)}",
            "land": draw.choice(["Peru", "Chile", None]),
        }
        for number in range(count)
    ]


def visit_rows(count: int = 400) -> list[dict[str, Any]]:
    """Interactions of the same business, in bursts, some with a session id."""
    draw = random.Random("passport visits")
    rows = []
    at = datetime(2023, 1, 1)
    for number in range(count):
        at += timedelta(minutes=draw.choice([0, 1, 29, 30, 31, 3_000]))
        rows.append(
            {
                "user": None if number % 31 == 0 else f"c{draw.randrange(3, 16)}",
                "at": "yesterday" if number % 41 == 0 else at,
                "visit": f"v{number // 20}" if number % 3 == 0 else None,
                "kind": draw.choice(["view", "view", "click", None]),
                "page": draw.choice(["/", "/a", None]),
            }
        )
    return rows
