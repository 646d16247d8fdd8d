"""`make bench`: run the suites, print one table each, write benchmarks/results.md.

Usage: python -m benchmarks [suite ...]

Suites: rfm, clicks, clustering, assignment, overhead, growth; all of them by default. Env
BENCH_SCALE is `full`, or `small`, which ends within minutes and writes nothing.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

from benchmarks import assignment, clicks, clustering, overhead, rfm
from benchmarks.chart import Series, chart
from benchmarks.harness import PEERS, ROOT, BenchmarkError, Line, machine, say
from benchmarks.report import Table, as_markdown, as_text

LIBRARIES = ("dbt-core", "dbt-duckdb", "duckdb", "pandas", "pyarrow", "scikit-learn")
RESULTS = ROOT / "benchmarks" / "results.md"
CHART = ROOT / "benchmarks" / "growth.svg"


@dataclass(frozen=True)
class Scale:
    """How much of everything.

    Attributes:
        order_lines: suite rfm.
        growth_lines: suite growth.
        click_shares: of the published rows, suite clicks.
        customers: suite clustering.
        assigned_customers: suite assignment.
        runs: timed ones, after a warm-up.
        patience: seconds per run.
    """

    order_lines: int
    growth_lines: tuple[int, ...]
    click_shares: tuple[float, ...]
    customers: tuple[int, ...]
    assigned_customers: int
    runs: int
    patience: float


SCALES = {
    "small": Scale(200_000, (30_000, 100_000), (0.002,), (20_000,), 200_000, 1, 600),
    "full": Scale(
        20_000_000,
        (1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000, 300_000_000),
        (0.1, 1.0),
        (100_000, 1_000_000, 4_000_000),
        10_000_000,
        3,
        900,
    ),
}

LINES_EACH = 20
"""Order lines per customer."""


def rfm_tables(scale: Scale, folder: Path) -> list[Table]:
    """Recency, frequency, monetary amount and scores."""
    lines, customers = scale.order_lines, scale.order_lines // LINES_EACH
    found = rfm.run(folder, lines, customers, scale.runs, scale.patience)
    return [Table(rfm.TITLE.format(lines=lines, customers=customers), found)]


def click_tables(scale: Scale, folder: Path) -> list[Table]:
    """Ad clicks, from Parquet to segments."""
    tables = []
    for share in scale.click_shares:
        lines = []
        for impressions in (False, True):
            with tempfile.TemporaryDirectory(dir=folder) as name:
                line, totals = clicks.run(Path(name), share, impressions, 4 * scale.patience)
            lines.append(line)
        title = (
            f"Ad clicks to segments, every test: {totals['searches']:,} searches,"
            f" {totals['stream_rows']:,} ads shown, {totals['users']:,} users"
        )
        tables.append(Table(title, lines))
    return tables


def clustering_tables(scale: Scale, folder: Path) -> list[Table]:
    """k-means, fitted and chosen."""
    return [
        Table(
            f"k-means on 3 features of {count:,} customers",
            clustering.run(folder, count, scale.runs, scale.patience),
        )
        for count in scale.customers
    ]


def assignment_tables(scale: Scale, folder: Path) -> list[Table]:
    """Customers placed by a stored model."""
    count = scale.assigned_customers
    lines = assignment.run(folder, count, scale.runs, scale.patience)
    note = (
        "SQL alone: the model, which writes a table; of scikit-learn, standardising and predicting."
    )
    return [Table(f"{count:,} customers assigned to 5 centroids", lines, [note])]


def overhead_tables(scale: Scale, folder: Path) -> list[Table]:
    """What dbt and the project cost on the small sample."""
    lines = overhead.measure(folder, scale.patience)
    notes = [
        f"{line.name}: "
        + ", ".join(
            f"{line.run.details[f'{kind} nodes']:.0f} nodes of kind {kind} {seconds:.1f} s"
            for kind, seconds in line.run.details.items()
            if not kind.endswith(" nodes")
        )
        + "."
        for line in lines
        if line.run.details
    ]
    return [Table("The sample: where the seconds go", lines, notes, compares=False)]


def growth_tables(scale: Scale, folder: Path) -> list[Table]:
    """How cost grows with rows; draws the chart."""
    tables: list[Table] = []
    for count in scale.growth_lines:
        with tempfile.TemporaryDirectory(dir=folder) as name:
            customers = count // LINES_EACH
            lines = rfm.run(Path(name), count, customers, 1, scale.patience)
        tables.append(Table(rfm.TITLE.format(lines=count, customers=customers), lines))
    if scale is SCALES["full"]:
        CHART.write_text(
            chart(
                [
                    ("Time", "s", _series(scale, tables, lambda line: line.run.seconds)),
                    (
                        "Memory",
                        "GB",
                        _series(scale, tables, lambda line: line.run.peak_bytes / 1e9),
                    ),
                ]
            ),
            encoding="utf-8",
        )
    return tables


def _series(scale: Scale, tables: list[Table], value: Callable[[Line], float]) -> list[Series]:
    series = []
    for position, line in enumerate(tables[0].lines):
        points, ends = [], ""
        for count, table in zip(scale.growth_lines, tables, strict=True):
            run = table.lines[position].run
            if run.refused:
                ends = ends or run.refused
            elif not ends:
                points.append((count, value(table.lines[position])))
        series.append(Series(line.name.split(",")[0], points, ends))
    return series


SUITES = {
    "rfm": rfm_tables,
    "clicks": click_tables,
    "clustering": clustering_tables,
    "assignment": assignment_tables,
    "overhead": overhead_tables,
    "growth": growth_tables,
}


def main(arguments: list[str]) -> int:
    """Run, print, write; 1 where a contender failed or computed something else."""
    name = os.environ.get("BENCH_SCALE") or "full"
    unknown = [suite for suite in arguments if suite not in SUITES]
    if name not in SCALES or unknown:
        print(
            f"Suites are {', '.join(SUITES)}; BENCH_SCALE is {' or '.join(SCALES)}."
            f" Not known: {', '.join([*unknown, *([name] if name not in SCALES else [])])}.",
            file=sys.stderr,
        )
        return 2
    if not PEERS.is_dir():
        print("The environment of the peers is missing. Run `make bench`.", file=sys.stderr)
        return 2
    tables = []
    for suite in arguments or SUITES:
        say(f"\n{suite}")
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = SUITES[suite](SCALES[name], Path(folder))
            except BenchmarkError as error:
                print(f"Error: {error}", file=sys.stderr)
                return 1
        for table in found:
            print(as_text(table), flush=True)
        tables += found
    if name == "full" and not arguments:
        RESULTS.write_text(results(tables), encoding="utf-8")
        print(f"\nWritten: {RESULTS.relative_to(ROOT)}, {CHART.relative_to(ROOT)}")
    return 0


def results(tables: list[Table]) -> str:
    """Return results.md."""
    versions = ", ".join(f"{library} {version(library)}" for library in LIBRARIES)
    peers = (ROOT / "benchmarks" / "peers.txt").read_text(encoding="utf-8").splitlines()
    pins = ", ".join(line.replace("==", " ") for line in peers if line and line[0] != "#")
    return "\n".join(
        [
            "# Benchmarks",
            "",
            f"`make bench` on {date.today():%Y-%m-%d}: {machine()}. {versions}. Peers: {pins}.",
            "",
            "Medians of runs in processes of their own, after a warm-up whose results were compared"
            " row by row. Ratios are to the first line.",
            "",
            *(as_markdown(table) for table in tables),
            "![Time and memory against rows](growth.svg)",
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
