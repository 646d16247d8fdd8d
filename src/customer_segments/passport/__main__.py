"""`make explain CUSTOMER=12347 SOURCE=online_retail`: everything about one customer, with receipts.

Customer and source system are taken from env CUSTOMER and SOURCE, so that no shell reads what is in
them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

import duckdb

from customer_segments.passport.errors import PassportError
from customer_segments.passport.passport import make_passport
from customer_segments.passport.report import as_json, as_text
from customer_segments.warehouse import WarehouseError, connect, warehouse_path

DEFAULT_ROWS = 10

AGREES, DIFFERS, WRONG_CALL = 0, 1, 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="CUSTOMER=... SOURCE=... python -m customer_segments.passport",
        description="Recompute a customer from the raw rows and compare with the warehouse.",
        epilog="Exit status: 0 all agree, 1 something differs, 2 wrong call.",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    rows = parser.add_mutually_exclusive_group()
    rows.add_argument(
        "--rows",
        type=_count,
        default=DEFAULT_ROWS,
        metavar="N",
        help=f"raw rows shown of each table (default {DEFAULT_ROWS})",
    )
    rows.add_argument("--all-rows", action="store_true", help="show every raw row")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Print the passport; 0 when all agrees, 1 when something differs, 2 for a wrong call."""
    args = _parser().parse_args(argv)
    customer_id, source_system = os.environ.get("CUSTOMER", ""), os.environ.get("SOURCE", "")
    if not customer_id or not source_system:
        print("Usage: make explain CUSTOMER=12347 SOURCE=online_retail", file=sys.stderr)
        return WRONG_CALL
    try:
        with connect(warehouse_path(), read_only=True) as connection:
            passport = make_passport(connection, source_system, customer_id)
    except (WarehouseError, PassportError, duckdb.Error) as error:
        print(f"Error: {error}", file=sys.stderr)
        return WRONG_CALL
    row_limit = None if args.all_rows else args.rows
    text = as_json(passport, row_limit) if args.json else as_text(passport, row_limit)
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # Whoever reads, such as `head`, has seen enough; Python would complain again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return DIFFERS if passport.differences else AGREES


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return number


if __name__ == "__main__":
    sys.exit(main())
