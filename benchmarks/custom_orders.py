"""Time and memory of a whole build on generated orders of one's own: 10 million lines by default.

Usage: python benchmarks/custom_orders.py [lines]
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[1]

# Four lines an order, 20 orders a customer, three years; a blank customer in a hundred, a return in
# fifty, and one unreadable price in ten thousand. Everything is a hash of the line's number.
ORDERS = """
copy (
    select
        case when hash(line // 4) % 100 > 0 then 'C' || (hash(line // 4) % {customers}) end
            as client,
        'O' || (line // 4) as order_no,
        timestamp '2021-01-01' + to_seconds(cast(hash(line // 4, 1) % 94608000 as bigint))
            as created,
        'P' || (hash(line, 2) % 5000) as sku,
        (case when hash(line, 3) % 50 = 0 then -1 else 1 end)
        * cast(1 + hash(line, 4) % 9 as bigint) as pieces,
        case
            when hash(line, 5) % 10000 = 0 then 'n/a'
            else format('{{:.2f}}', (hash(line, 6) % 20000) / 100)
        end as price,
        'EUR' as currency
    from range({lines}) as lines (line)
) to '{file}' (header, delimiter ',')
"""

VARIABLES = """
custom_orders:
  source_system: bench
  files: {file}
  columns:
    customer_id: client
    order_id: order_no
    ordered_at: created
    product_id: sku
    quantity: pieces
    unit_price: price
    currency: currency
"""


def main(lines: int) -> int:
    """Generate, build with every data test, print; the status of dbt."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "orders.csv"
        customers = max(lines // 80, 1)
        duckdb.sql(ORDERS.format(lines=lines, customers=customers, file=file))
        print(
            f"{lines:,} order lines of {customers:,} customers, {file.stat().st_size / 1e6:,.0f} MB"
        )
        environment = {
            **os.environ,
            "WAREHOUSE_PATH": str(Path(folder) / "bench.duckdb"),
            "DUCKDB_MEMORY_LIMIT": os.environ.get("DUCKDB_MEMORY_LIMIT", "3GB"),
        }
        arguments = ["build", "--quiet", "--target-path", str(Path(folder) / "target")]
        arguments += ["--log-path", folder, "--vars", VARIABLES.format(file=file)]
        started = time.monotonic()
        status = subprocess.run(
            [Path(sys.executable).with_name("dbt"), *arguments],
            cwd=ROOT,
            env=environment,
            check=False,
        ).returncode
        seconds = time.monotonic() - started
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
        print(f"dbt build: {seconds:.1f} s, {peak:.2f} GB at the most, status {status}")
        with duckdb.connect(environment["WAREHOUSE_PATH"], read_only=True) as warehouse:
            print(warehouse.sql("from marts.control_totals order by all"))
    return status


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000))
