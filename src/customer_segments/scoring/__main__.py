"""`make models` and `make score FILE=new.csv MODEL=... OUT=segments.parquet`.

File, model, result and date are taken from env FILE, MODEL, OUT and AS_OF, so that no shell reads
what is in them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb

from customer_segments.scoring.errors import ScoringError
from customer_segments.scoring.models import list_models
from customer_segments.scoring.report import describe_models, describe_score
from customer_segments.scoring.score import check_ending, score
from customer_segments.warehouse import WarehouseError, connect, warehouse_path

USAGE = "make score FILE=new.csv MODEL=rfm_kmeans:online_retail OUT=segments.parquet"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="FILE=... MODEL=... [OUT=...] [AS_OF=YYYY-MM-DD] python -m customer_segments.scoring",
        description="Place the customers of a file by a stored model, without fitting it again.",
        epilog="Exit status: 0 done, 2 wrong call or a file that cannot be scored.",
    )
    parser.add_argument("--models", action="store_true", help="list the models and stop")
    parser.add_argument("--file-type", metavar="TYPE", help="csv, tsv, parquet or json")
    parser.add_argument("--no-header", action="store_true", help="columns are told by their number")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Print the models, or score a file; 2 for what cannot be done."""
    args = _parser().parse_args(argv)
    try:
        if args.models:
            with connect(warehouse_path(), read_only=True) as connection:
                print(describe_models(list_models(connection)))
            return 0
        return _score(args)
    except (WarehouseError, ScoringError, duckdb.Error) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2


def _score(args: argparse.Namespace) -> int:
    told = {name: os.environ.get(name, "").strip() for name in ("FILE", "MODEL", "OUT", "AS_OF")}
    if not told["FILE"] or not told["MODEL"]:
        print(f"Usage: {USAGE}\n`make models` lists the models.", file=sys.stderr)
        return 2
    out = Path(told["OUT"]).expanduser().resolve() if told["OUT"] else None
    if out:
        check_ending(out)
    with score(
        told["MODEL"],
        told["FILE"],
        args.file_type,
        not args.no_header,
        as_of=_day(told["AS_OF"]),
    ) as scored:
        print(describe_score(scored))
        if out:
            written = scored.write(out)
            print("\nWritten: " + ", ".join(str(path) for path in written))
    return 0


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ScoringError(f"AS_OF is '{text}', which is not a date (YYYY-MM-DD).") from error


if __name__ == "__main__":
    sys.exit(main())
