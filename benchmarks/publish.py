"""Time and memory of publishing a segmentation of 1 million customers to PostgreSQL.

Usage: python benchmarks/publish.py [rows]

Publishes three times to the database that the PG* variables name, into a schema of its own that is
dropped at the end: the first time, in place of those tables, and under a view. Peak memory is that
of this process, not of the server.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

import duckdb

from customer_segments.publish import server
from customer_segments.publish.publisher import publish
from customer_segments.warehouse import connect

SCHEMA = "customer_segments_bench"

WAREHOUSE = """
create schema marts;
create schema operations;

create table marts.customer_segments as
select
    'rfm_kmeans' as segmentation,
    'bench' as source_system,
    'C' || customer as customer_id,
    date '2026-01-01' as as_of_date,
    'd939ec93a007' as model_id,
    cast(hash(customer) % 5 as bigint) as segment_id,
    ['Champions', 'Loyal Customers', 'At Risk', 'Lost Customers', 'New Customers'][
        cast(hash(customer) % 5 + 1 as bigint)
    ] as segment_name,
    round(hash(customer, 1) % 1000000 / 300000, 9) as distance,
    round(hash(customer, 2) % 1000000 / 200000, 9) as second_distance,
    round(hash(customer, 3) % 1000000 / 1000000, 9) as confidence,
    false as is_noise,
    date '2025-12-01' as segment_since,
    case when hash(customer) % 3 = 0 then 'At Risk' end as previous_segment_name
from range({rows}) as customers (customer);

create table marts.customers as
select source_system, customer_id, as_of_date from marts.customer_segments limit 1;

create view marts.build_status as
select
    'bench' as build_id,
    timestamp '2026-01-01' as finished_at,
    'complete' as state,
    false as is_mixed,
    'bench' as source_systems;

create table operations.compiled_models as
select
    to_json({{
        'access': 'public',
        'schema': 'marts',
        'alias': 'customer_segments',
        'config': {{'meta': {{'grain': ['segmentation', 'source_system', 'customer_id']}}}}
    }}) as facts;

alter table marts.customer_segments alter segmentation set not null;
alter table marts.customer_segments alter source_system set not null;
alter table marts.customer_segments alter customer_id set not null;
"""

VIEW = f"create view {SCHEMA}.by_segment as select segment_id from {SCHEMA}.customer_segments"


def main(rows: int) -> None:
    """Generate, publish, print."""
    drop = f"drop schema if exists {SCHEMA} cascade"
    with tempfile.TemporaryDirectory() as folder, server.connected() as target:
        path = Path(folder) / "bench.duckdb"
        with duckdb.connect(str(path)) as warehouse:
            warehouse.execute(WAREHOUSE.format(rows=rows))
        target.execute(drop)
        try:
            with connect(path, read_only=True) as warehouse:
                for name in ("first", "replaced", "under a view"):
                    if name == "under a view":
                        target.execute(VIEW)
                    done = publish(warehouse, SCHEMA)
                    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
                    print(
                        f"{rows:>10,} rows, {name:<12}: {done.seconds:5.1f} s, of them locked"
                        f" {done.locked_seconds:5.2f} s; {peak:.2f} GB at most",
                        flush=True,
                    )
        finally:
            target.execute(drop)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
