"""Command line: `python -m customer_segments.sample_data`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from . import avito, berka, credit_card, global_superstore, online_retail
from .common import SEPARATIONS, Settings, write_truth

SYSTEMS = (online_retail, global_superstore, berka, credit_card, avito)
LARGEST_SCALE = 500


def _scale(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LARGEST_SCALE:
        raise argparse.ArgumentTypeError(f"a whole number from 1 to {LARGEST_SCALE}, not {text!r}")
    return int(text)


def main(argv: Sequence[str] | None = None) -> int:
    """Write the sample files and print what was written; bad arguments exit with status 2."""
    defaults = Settings()
    parser = argparse.ArgumentParser(
        prog="python -m customer_segments.sample_data",
        description="Write deterministic sample files of five source systems.",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("sample_data"), help="folder (default %(default)s)"
    )
    parser.add_argument(
        "--scale", type=_scale, default=defaults.scale, help="multiple of the customers (default 1)"
    )
    parser.add_argument(
        "--separation",
        choices=list(SEPARATIONS),
        default=defaults.separation,
        help="distance of the planted groups (default %(default)s)",
    )
    parser.add_argument(
        "--seed", type=int, default=defaults.seed, help="random seed (default %(default)s)"
    )
    parser.add_argument("--truth", type=Path, help="also write each customer's planted group here")
    args = parser.parse_args(argv)
    settings = Settings(scale=args.scale, separation=args.separation, seed=args.seed)
    truth: list[tuple[str, str, str]] = []
    try:
        for system in SYSTEMS:
            output = system.write(args.out, settings)
            truth += output.truth
            for file in output.files:
                name = file.path.relative_to(args.out).as_posix()
                print(f"{name:<42}{file.rows:>12,} rows{file.size:>14,} bytes")
        if args.truth:
            file = write_truth(args.truth, truth)
            print(f"{args.truth.name:<42}{file.rows:>12,} rows{file.size:>14,} bytes")
    except OSError as error:
        parser.error(f"cannot write: {error}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
