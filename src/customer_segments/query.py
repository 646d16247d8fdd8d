"""`make query SQL="..."`: run one query on the warehouse and print the answer.

The query is taken from env SQL, so that no shell reads what is in it.
"""

import os
import sys

import duckdb

from customer_segments.warehouse import WarehouseError, connect, warehouse_path


def main() -> int:
    """Print the answer of the query; 2 for a wrong call, a wrong query or a missing warehouse."""
    query = os.environ.get("SQL", "").strip()
    if not query:
        print('Usage: make query SQL="select ... from marts.customers"', file=sys.stderr)
        return 2
    try:
        with connect(warehouse_path(), read_only=True) as connection:
            connection.sql(query).show(max_width=160, max_rows=100)
    except (WarehouseError, duckdb.Error) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
