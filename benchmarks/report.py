"""The results as one table: on the screen, and in results.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.harness import Line


@dataclass(frozen=True)
class Table:
    """The results of a suite.

    Attributes:
        title: what was done, on how much.
        lines: who did it; the first is the one that ratios are told against.
        notes: further sentences.
        compares: whether ratios make sense: all did the same work.
    """

    title: str
    lines: Sequence[Line]
    notes: Sequence[str] = ()
    compares: bool = True


HEADING = ("who", "time", "seconds", "SQL alone", "CPU seconds", "memory", "GB")


def cells(table: Table) -> list[tuple[str, ...]]:
    """Return the heading and one row per contender, ratios first."""
    first = table.lines[0].run
    rows = [HEADING]
    for line in table.lines:
        run = line.run
        if run.refused:
            rows.append((line.name, run.refused, "", "", "", "", ""))
            continue
        alone = run.details.get("models")
        rows.append(
            (
                line.name,
                _ratio(run.seconds, first.seconds) if table.compares else "",
                f"{run.seconds:.1f}",
                "" if alone is None else f"{alone:.1f}",
                f"{run.cpu_seconds:.1f}",
                _ratio(run.peak_bytes, first.peak_bytes) if table.compares else "",
                f"{run.peak_bytes / 1e9:.2f}",
            )
        )
    return rows


def _ratio(value: float, reference: float) -> str:
    return "" if math.isnan(reference) or not reference else f"{value / reference:.1f}x"


def as_text(table: Table) -> str:
    """Return the table for a terminal."""
    rows = cells(table)
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADING))]
    lines = [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([f"\n{table.title}", *lines, *table.notes])


def as_markdown(table: Table) -> str:
    """Return the table for results.md."""
    heading, *rows = cells(table)
    return "\n".join(
        [
            f"## {table.title}",
            "",
            "| " + " | ".join(heading) + " |",
            "|---" + "|--:" * (len(heading) - 1) + "|",
            *("| " + " | ".join(row) + " |" for row in rows),
            *(f"\n{note}" for note in table.notes),
            "",
        ]
    )
