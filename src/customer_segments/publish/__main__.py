"""`make publish`: copy the public tables to PostgreSQL, all of them or none.

The standard variables (PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD ...) name the database, env
PUBLISH_SCHEMA the schema, by default marts.
"""

from __future__ import annotations

import os
import sys

from customer_segments.publish.errors import PublishError
from customer_segments.warehouse import WarehouseError, connect, warehouse_path

INTERRUPTED = 130


def main() -> int:
    """Publish and say what; 2 where nothing was published, 130 where somebody interrupted."""
    try:
        from customer_segments.publish.publisher import publish
    except ImportError as error:
        print(
            f"Error: psycopg cannot be imported ({error}). Install it: pip install"
            " 'psycopg[binary]', or this package with its extra `publish`.",
            file=sys.stderr,
        )
        return 2
    path, schema = warehouse_path(), os.environ.get("PUBLISH_SCHEMA") or "marts"
    print(f"Publishing {path} to schema {schema} of PostgreSQL", flush=True)
    try:
        with connect(path, read_only=True) as warehouse:
            done = publish(warehouse, schema, log=lambda line: print(line, flush=True))
    except (PublishError, WarehouseError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"\nInterrupted: the tables in schema {schema} are as they were.", file=sys.stderr)
        return INTERRUPTED
    rows = sum(done.row_counts.values())
    print(
        f"\n{len(done.row_counts)} tables, {rows:,} rows, in {done.seconds:.1f} s to"
        f" {done.address}; the tables were locked for {done.locked_seconds:.2f} s.\n"
        f"  select * from {schema}.publications order by published_at desc limit 1"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
