"""Time and memory of the history of segments: 24 months of 1 million customers by default.

Usage: make bench, or python benchmarks/history.py [customers]

What the history reads is generated as tables, ten days a customer on average, few of most and many
of some; then dbt builds the history on top of it: every month end, scores, three grids, k-means
with two models, migrations and ledger.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROOT = Path(__file__).parents[1]
CUSTOMERS = 1_000_000
DAYS_EACH = 10

# Everything is a hash of the row's number; all customers are there from the second month end on.
TABLES = """
create schema intermediate; create schema segmentation; create schema marts; create schema history;
create table intermediate.int_as_of_dates as
select 'bench' as source_system, date '2025-01-01' as as_of_date, true as is_default,
    date '2022-12-05' as first_event_date, date '2024-12-31' as last_event_date;
create table intermediate.int_customer_days as
with drawn as (
    select
        cast({customers} * pow(hash(number) / 18446744073709551616, 2) as bigint) as customer,
        hash(number, 1) / 18446744073709551616 as place,
        hash(number, 2) as dice
    from range({customers} * {days_each}) as numbers (number)
    union all
    select number, 0, hash(number, 2) from range({customers}) as numbers (number)
),
dated as (
    select
        customer,
        cast(hash(customer, 3) % 57 as integer) as first_day,
        place,
        dice
    from drawn
),
days as (
    select
        'C' || customer as customer_id,
        date '2022-12-05' + cast(first_day + place * (757 - first_day) as integer)
            as activity_date,
        count(*) as order_count,
        cast(sum(100 + dice % 20000) / 100 as decimal(38, 5)) as gross_amount,
        cast(sum(case when dice % 50 = 0 then 5 else 0 end) as decimal(38, 5)) as returned_amount
    from dated
    group by all
)
select
    'bench' as source_system, customer_id, activity_date, 1 as active_day_count,
    1 as purchase_day_count, order_count, order_count as purchase_line_count,
    cast(0 as bigint) as return_count, order_count as distinct_product_count,
    cast(null as bigint) as interaction_count, cast(null as bigint) as session_count,
    cast(null as bigint) as impression_count, cast(null as bigint) as click_count,
    cast(null as bigint) as distinct_item_count, gross_amount, returned_amount,
    returned_amount as product_returned_amount, cast(null as decimal(38, 5)) as inflow_amount,
    cast(null as decimal(38, 5)) as outflow_amount, order_count as source_row_count
from days;
create table marts.segmentations as
select 'rfm_kmeans' as segmentation, 'bench' as source_system, 'now' as model_id,
    date '2025-01-01' as fitted_as_of, 'hash' as input_hash, 'before' as previous_model_id,
    true as is_nearest_centroid, '{{}}' as parameters;
create table segmentation.segment_names as
select 'rfm_kmeans' as segmentation, 'bench' as source_system, segment_id,
    'Segment ' || segment_id as segment_name
from range(1, 6) as numbers (segment_id);
create table marts.segment_centroids as
select 'rfm_kmeans' as segmentation, 'bench' as source_system, 'now' as model_id, segment_id,
    cast(feature_order as integer) as feature_order,
    ['recency_log', 'frequency_log', 'monetary_log'][feature_order] as feature,
    'ln(1 + x)' as transform, [4.5, 1.8, 6.2][feature_order] as mean,
    [1.2, 0.9, 1.1][feature_order] as scale,
    cast(sin(segment_id * 7 + feature_order * 3) as double) as centroid
from range(1, 6) as segments (segment_id), range(1, 4) as features (feature_order);
create table history.kept_centroids as
select segmentation, source_system, 'before' as model_id, date '2024-01-01' as fitted_as_of,
    'hash' as input_hash, segment_id, 'Segment ' || segment_id as segment_name, feature_order,
    feature, transform, mean, scale, centroid * 0.9 as centroid
from marts.segment_centroids;
create table segmentation.earlier_models as from history.kept_centroids;
create table segmentation.segmentation_fits as
select 'rfm_kmeans' as segmentation, 'bench' as source_system, 'event' as record_kind,
    'survived' as text, segment_id, segment_id as previous_segment_id, 'customer_count' as name,
    cast(1 as double) as value
from range(1, 6) as numbers (segment_id);
create table segmentation.segment_memberships as
select 'rfm_kmeans' as segmentation, 'orders' as behaviour, source_system, customer_id,
    date '2025-01-01' as as_of_date, 'now' as model_id,
    cast(1 + hash(customer_id) % 5 as bigint) as segment_id, 0.5 as distance,
    1.0 as second_distance, false as is_noise
from (select distinct source_system, customer_id from intermediate.int_customer_days);
"""


def main(customers: int) -> int:
    """Generate, build the history, print; the status of dbt."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "bench.duckdb")
        with duckdb.connect(path) as warehouse:
            warehouse.execute(TABLES.format(customers=customers, days_each=DAYS_EACH))
        environment = {
            **os.environ,
            "WAREHOUSE_PATH": path,
            "DBT_THREADS": "1",
            "DATA_DIR": str(ROOT / "sample_data"),
            "DUCKDB_MEMORY_LIMIT": os.environ.get("DUCKDB_MEMORY_LIMIT", "4GB"),
        }
        arguments = ["build", "--target-path", str(Path(folder) / "target"), "--log-path", folder]
        arguments += ["--exclude-resource-type", "test", "unit_test"]
        # What models had seen is no part of the history of segments.
        arguments += ["--exclude", "kept_distributions"]
        arguments += [
            "--select",
            "+int_grid_cells",
            "path:models/history",
            "path:models/marts/history",
        ]
        started = time.monotonic()
        status = subprocess.run(
            [Path(sys.executable).with_name("dbt"), *arguments],
            cwd=ROOT,
            env=environment,
            check=False,
        ).returncode
        seconds = time.monotonic() - started
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        with duckdb.connect(path, read_only=True) as warehouse:
            days, months, rows = warehouse.execute(
                "select (select count(*) from intermediate.int_customer_days),"
                " (select count(*) from history.month_ends),"
                " (select count(*) from marts.customer_segments_monthly)"
            ).fetchone()
        size = Path(path).stat().st_size / 1e9
        print(
            f"{customers:,} customers, {days:,} days, {months} month ends, {rows:,} rows:"
            f" {seconds:.1f} s ({usage.ru_utime + usage.ru_stime:.1f} s of processor),"
            f" {usage.ru_maxrss / 1e6:.2f} GB at the most, a warehouse of {size:.1f} GB"
        )
    return status


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS))
