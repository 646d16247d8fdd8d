"""Time and memory of scoring generated customers by a model of the sample.

Usage: make bench, or python benchmarks/scoring.py [customers ...]

Builds the sample's online_retail into a warehouse that is thrown away, and prints one line per file
and size: reading, placing, drift and writing Parquet, in a process of its own.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from customer_segments.scoring.score import score
from customer_segments.warehouse import PROJECT_DIR

SIZES = (1_000_000,)
FILES = {
    "measures.csv": "customer_id, recency_days, order_count, monetary_amount",
    "features.csv": "customer_id, recency_log, frequency_log, monetary_log",
    "features.parquet": "customer_id, recency_log, frequency_log, monetary_log",
}
MODEL = "rfm_kmeans:online_retail"

CUSTOMERS = """
with measured as (
    select
        'C' || number as customer_id,
        cast(1 + hash(number) % 370 as integer) as recency_days,
        cast(1 + floor(exp(hash(number + 1e9) % 1000 / 250.0)) as integer) as order_count,
        cast(exp(hash(number + 2e9) % 1000 / 100.0) as decimal(38, 5)) as monetary_amount
    from range({count}) as numbers (number)
)

select
    *,
    cast(ln(1 + recency_days) as decimal(18, 6)) as recency_log,
    cast(ln(1 + order_count) as decimal(18, 6)) as frequency_log,
    cast(ln(1 + cast(monetary_amount as double)) as decimal(18, 6)) as monetary_log
from measured
"""


def build(folder: Path) -> Path:
    """Build the model and return its warehouse."""
    path = folder / "warehouse.duckdb"
    subprocess.run(
        [
            *(Path(sys.executable).with_name("dbt"), "--quiet", "build"),
            *("--project-dir", PROJECT_DIR, "--profiles-dir", PROJECT_DIR),
            *("--exclude-resource-type", "test", "unit_test"),
            *("--vars", "{candidate_search: none}"),
            *("--target-path", folder / "target", "--log-path", folder / "logs"),
        ],
        env={
            **os.environ,
            "WAREHOUSE_PATH": str(path),
            "DATA_DIR": str(PROJECT_DIR / "sample_data"),
            "SOURCE_SYSTEMS": "online_retail",
        },
        check=True,
    )
    return path


def measure(warehouse: Path, path: Path, count: int) -> None:
    """Print seconds and peak memory for one file."""
    started = time.perf_counter()
    with score(MODEL, path, warehouse=warehouse) as scored:
        read = time.perf_counter() - started
        scored.write(path.with_suffix(".segments.parquet"))
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        f"{count:>9,} customers, {path.name:<16}: {seconds:5.1f} s, of which {seconds - read:.1f} s"
        f" writing; {used.ru_utime + used.ru_stime:.1f} s of processors,"
        f" {used.ru_maxrss / 1e6:.2f} GB at most",
        flush=True,
    )


def main(arguments: list[str]) -> None:
    """Build a model, then score each size from each kind of file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        warehouse = build(folder)
        for count in map(int, arguments) if arguments else SIZES:
            for file, columns in FILES.items():
                query = f"select {columns} from ({CUSTOMERS.format(count=count)})"
                duckdb.execute(f"copy ({query}) to '{folder / file}'")
                process = multiprocessing.get_context("spawn").Process(
                    target=measure, args=(warehouse, folder / file, count)
                )
                process.start()
                process.join()


if __name__ == "__main__":
    main(sys.argv[1:])
