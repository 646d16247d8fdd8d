"""Command line: `python -m customer_segments.onboarding FILE`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from customer_segments.onboarding.check import CheckError, check
from customer_segments.onboarding.draft import Draft
from customer_segments.onboarding.names import NAMES
from customer_segments.onboarding.proposal import propose, variables
from customer_segments.onboarding.reading import FileError, open_source
from customer_segments.onboarding.report import describe, describe_check, section
from customer_segments.onboarding.settings import UsageError, parse_settings
from customer_segments.onboarding.vars_file import file_text, to_yaml
from customer_segments.warehouse import WarehouseError, connect

SAMPLE_MEMORY = "2GB"
"""Memory for the rows that are looked at; more goes to disk."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m customer_segments.onboarding",
        description="Look at a file and propose how to read it as a custom source.",
        epilog="Exit status: 0 done, 1 questions are open or the check fails, 2 wrong call.",
    )
    parser.add_argument("file", metavar="FILE", help="path or glob of text, Parquet, JSON lines")
    parser.add_argument("--as", dest="kind", choices=list(NAMES), help="what a row is")
    parser.add_argument("--source-system", metavar="NAME", help="name of the business")
    parser.add_argument(
        "--set",
        dest="settings",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a column (customer_id=Client) or a format (date_formats=%%d/%%m/%%Y; lists: A|B)",
    )
    parser.add_argument("--write", type=Path, metavar="PATH.yml", help="write the vars file")
    parser.add_argument("--no-check", action="store_true", help="do not run dbt")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Print the report; write the vars file where asked to and nothing is open.

    Returns:
        0; 1 when questions are open or the check fails; 2 when the call or the file is wrong.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    args = _parser().parse_args(arguments)
    try:
        settings = parse_settings(args.settings)
        if args.write and args.write.exists():
            raise UsageError(f"{args.write} exists. Remove it, or choose another name.")
        with tempfile.TemporaryDirectory() as folder:
            database = Path(folder) / "records.duckdb"
            with connect(database, read_only=False) as connection:
                connection.execute("set timezone = 'UTC'")
                connection.execute(f"set memory_limit = '{SAMPLE_MEMORY}'")
                source = open_source(connection, args.file, settings.text("delimiter"))
                draft = propose(connection, source, settings, args.kind, args.source_system)
                print(describe(draft))
        print(section("Vars file", [to_yaml(variables(draft)).rstrip()]), flush=True)
        return _finish(draft, args.write, not args.no_check, arguments)
    except (UsageError, FileError, WarehouseError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2


def _finish(draft: Draft, path: Path | None, is_checked: bool, arguments: Sequence[str]) -> int:
    """Check and write what is proposed, unless questions are open."""
    if draft.questions:
        count = len(draft.questions)
        text = f"{count} question{'s are' if count > 1 else ' is'} open: not checked"
        print(f"{text}{', not written' if path else ''}. Answer with the options above.")
        return 1
    if is_checked:
        with tempfile.TemporaryDirectory() as folder:
            try:
                result = check(variables(draft), draft.source_system, Path(folder))
            except CheckError as error:
                print(section("Check: dbt cannot build it", [str(error)]))
                print(f"The check failed{': not written' if path else ''}.")
                return 1
        print(describe_check(result))
    else:
        print("Not checked, because of --no-check.")
    if path:
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(file_text(variables(draft), path, arguments))
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
        print(f"{path} is written. Build with: make build VARS={path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
