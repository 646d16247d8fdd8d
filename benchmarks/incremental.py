"""What one new day costs: a year of orders in Parquet, then a day more with var late_days.

Usage: make bench, or python benchmarks/incremental.py [lines]

10 million order lines by default, a file each day, and late rows among the new day's. Everything up
to int_customer_days is built: as a whole, brought up to date, and as a whole again to compare.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[1]
LINES = 10_000_000
DAYS = 365
FIRST_DAY = date(2025, 1, 1)

# Four lines an order, forty orders a customer; a guest in a hundred, a return in fifty. Everything
# is a hash of the line's number.
ORDERS = """
create table orders as
select
    case when hash(line // 4) % 100 > 0 then 'C' || (hash(line // 4) % {customers}) end as client,
    'O' || (line // 4) as order_no,
    timestamp '{first_day}'
    + to_seconds(cast(hash(line // 4, 1) % ({days} * 86400) as bigint)) as created,
    'P' || (hash(line, 2) % 5000) as sku,
    cast(
        (case when hash(line, 3) % 50 = 0 then -1 else 1 end) * (1 + hash(line, 4) % 9) as bigint
    ) as pieces,
    cast((1 + hash(line, 6) % 20000) / 100 as decimal(18, 2)) as price
from range({lines}) as lines (line)
"""

# Of an order of three days ago, a line in ten comes with the last day only.
LATE = "cast(created as date) = date '{day}' - 3 and hash(order_no, sku, 7) % 10 = 0"

VARIABLES = {
    "late_days": 7,
    "custom_orders": {
        "source_system": "bench",
        "columns": {
            "customer_id": "client",
            "order_id": "order_no",
            "ordered_at": "created",
            "product_id": "sku",
            "quantity": "pieces",
            "unit_price": "price",
        },
    },
}


def write_days(connection: duckdb.DuckDBPyConnection, folder: Path, last_day: date) -> None:
    """Write a file per day before the last one, the late lines left out."""
    late = LATE.format(day=last_day)
    for number in range(DAYS):
        day = FIRST_DAY + timedelta(days=number)
        if day < last_day:
            connection.execute(
                f"copy (select * from orders where cast(created as date) = date '{day}'"
                f" and not ({late}) order by created) to '{folder}/{day}.parquet'"
            )


def build(folder: Path, files: Path, *options: str) -> dict[str, float]:
    """Build up to int_customer_days; return seconds: of models, of the clock, of processors."""
    environment = {
        **os.environ,
        "WAREHOUSE_PATH": str(folder / "bench.duckdb"),
        "DBT_THREADS": "1",
        "DUCKDB_MEMORY_LIMIT": os.environ.get("DUCKDB_MEMORY_LIMIT", "3GB"),
    }
    variables = {**VARIABLES}
    variables["custom_orders"] = {**VARIABLES["custom_orders"], "files": f"{files}/*.parquet"}
    arguments = ["build", "--quiet", "--target-path", str(folder / "target")]
    arguments += ["--log-path", str(folder), "--exclude-resource-type", "test", "unit_test"]
    arguments += ["--select", "+int_customer_days", "--vars", json.dumps(variables), *options]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    subprocess.run(
        [Path(sys.executable).with_name("dbt"), *arguments], cwd=ROOT, env=environment, check=True
    )
    seconds = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    results = json.loads((folder / "target" / "run_results.json").read_text(encoding="utf-8"))
    return {
        "models": sum(
            result["execution_time"]
            for result in results["results"]
            if result["unique_id"].startswith("model.")
        ),
        "clock": seconds,
        "processors": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    }


def digest(folder: Path) -> tuple[int, int]:
    """Rows of int_customer_days, and a sum of their hashes."""
    with duckdb.connect(str(folder / "bench.duckdb"), read_only=True) as warehouse:
        return warehouse.execute(
            "select count(*), sum(hash(days)) from intermediate.int_customer_days as days"
        ).fetchone()


def main(lines: int) -> int:
    """Generate, build three times, print the ratio first; 1 where the rows differ, else 0."""
    last_day = FIRST_DAY + timedelta(days=DAYS - 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = folder / "days"
        files.mkdir()
        with duckdb.connect() as connection:
            connection.execute(
                ORDERS.format(
                    lines=lines, customers=max(lines // 160, 1), first_day=FIRST_DAY, days=DAYS
                )
            )
            write_days(connection, files, last_day)
            year = build(folder, files)
            connection.execute(
                f"copy (select * from orders where cast(created as date) = date '{last_day}'"
                f" or {LATE.format(day=last_day)} order by created)"
                f" to '{files}/{last_day}.parquet'"
            )
        day = build(folder, files)
        updated = digest(folder)
        whole = build(folder, files, "--full-refresh")
        is_equal = updated == digest(folder)
    print(
        f"One new day costs {day['models'] / year['models']:.1%} of the year before it"
        f" ({day['processors'] / year['processors']:.1%} in seconds of processors): "
        f"{lines:,} order lines in {DAYS} files, late_days {VARIABLES['late_days']}"
    )
    for label, seconds in (("year", year), ("new day", day), ("year and day", whole)):
        print(
            f"  {label:13} {seconds['models']:6.1f} s of models,"
            f" {seconds['clock']:6.1f} s with dbt, {seconds['processors']:6.1f} s of processors"
        )
    print(f"  {updated[0]:,} customer-days, {'equal' if is_equal else 'NOT EQUAL'} to a full build")
    return 0 if is_equal else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else LINES))
