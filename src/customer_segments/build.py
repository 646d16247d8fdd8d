"""`make build`: run `dbt build`, then say what is in the warehouse.

Usage: python -m customer_segments.build [any option of `dbt build`]

Env VARS_FILE names a YAML file of variables, such as `make onboard` writes; it is handed to dbt as
`--vars`.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import yaml

from customer_segments.warehouse import PROJECT_DIR, WarehouseError, connect, warehouse_path

SUMMARY = """
with rows_in as (
    select source_system, sum(raw_total) as rows_in, sum(rejected) as rejected
    from marts.control_totals
    where measure = 'rows'
    group by source_system
),

customers as (
    select source_system, count(*) as customer_count
    from marts.customers
    group by source_system
)

select
    rows_in.source_system,
    format('{:,}', cast(rows_in.rows_in as bigint)),
    format('{:,}', cast(coalesce(customers.customer_count, 0) as bigint)),
    format('{:,}', cast(rows_in.rejected as bigint)),
    coalesce(cast(as_of_dates.last_event_date as varchar), '-'),
    coalesce(cast(as_of_dates.as_of_date as varchar), '-')
from rows_in
inner join intermediate.int_as_of_dates as as_of_dates using (source_system)
left join customers using (source_system)
order by rows_in.source_system
"""

QUERIES = (
    "select source_system, rf25_segment, count(*) as customers, sum(net_amount) as net_amount"
    " from marts.customers group by all order by 1, 4 desc",
    "select source_system, rejection_reason, count(*) as row_count"
    " from marts.rejected_rows group by all order by all",
    "from marts.control_totals",
)


def summary(connection: duckdb.DuckDBPyConnection) -> str:
    """Describe what the warehouse holds: a heading, and one line per source system."""
    heading = ("source system", "rows in", "customers", "rejected", "last event", "as of")
    lines = [heading, *connection.execute(SUMMARY).fetchall()]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0])]
            + [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        )
        for line in lines
    )


def main(arguments: list[str]) -> int:
    """Build the warehouse and print the summary; return dbt's status, or 2 if it cannot start."""
    path = warehouse_path()
    try:
        arguments = [*arguments, *vars_arguments(os.environ.get("VARS_FILE", ""))]
        connect(path, read_only=False).close()
    except (WarehouseError, OSError, ValueError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    data_dir = (PROJECT_DIR / os.environ.get("DATA_DIR", "sample_data")).resolve()
    print(f"Building {path} from {data_dir}", flush=True)
    started = time.monotonic()
    status = subprocess.run(
        [Path(sys.executable).with_name("dbt"), "build", *arguments],
        cwd=PROJECT_DIR,
        env={**os.environ, "WAREHOUSE_PATH": str(path), "DATA_DIR": str(data_dir)},
        check=False,
    ).returncode
    seconds = time.monotonic() - started
    with connect(path, read_only=True) as connection:
        if status != 0:
            print(
                f"\nThe build failed after {seconds:.0f} s; the first error is above. Tables that"
                " were not reached are as they were, so the set is mixed: see marts.build_status.",
                file=sys.stderr,
            )
            return status
        table_count, is_mixed = connection.execute(
            "select model_count, not is_whole from operations.builds"
            " order by started_at desc limit 1"
        ).fetchone()
        print(f"\n{table_count} tables, views and seeds built in {seconds:.0f} s.\n")
        if is_mixed:
            print(
                "Only a part was built, without all that depends on it: the set of tables is mixed"
                " (marts.build_status). `make build` without a selection makes it whole."
            )
            return 0
        print(summary(connection))
    size = path.stat().st_size / 1e6
    print(f"\nThe warehouse is {_relative(path)} ({size:,.0f} MB). Three queries to try:")
    for query in QUERIES:
        print(f'  make query SQL="{query}"')
    return 0


def vars_arguments(file: str) -> list[str]:
    """Options that hand a YAML file of variables to dbt; none for an empty name.

    Raises:
        OSError: the file cannot be read.
        ValueError: it does not hold a YAML mapping; the message names it.
    """
    if not file:
        return []
    text = Path(file).read_text(encoding="utf-8")
    try:
        is_mapping = isinstance(yaml.safe_load(text), dict)
    except yaml.YAMLError as error:
        raise ValueError(f"{file} is not YAML: {error}") from error
    if not is_mapping:
        raise ValueError(f"{file} must be a YAML mapping of variables, such as custom_orders: ...")
    return ["--vars", text]


def _relative(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
