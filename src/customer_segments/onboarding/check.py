"""The dry check: dbt reads the source into a warehouse that is thrown away."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from customer_segments.onboarding.vars_file import to_yaml
from customer_segments.warehouse import PROJECT_DIR, connect

REASONS = PROJECT_DIR / "seeds" / "rules" / "rejection_reasons.csv"
ERROR_LINES = 40
"""Last lines of dbt that are shown where it fails."""

TOTALS = """
select measure, raw_total, used, guest, after_as_of, rejected
from marts.control_totals
where source_system = ?
order by measure desc
"""
REJECTIONS = """
select rejection_reason, count(*), min(raw_row)
from marts.rejected_rows
where source_system = ?
group by rejection_reason
order by 2 desc, 1
"""
CUSTOMERS = """
select count(distinct customer_id)
from intermediate.int_customer_days
where source_system = ?
"""


class CheckError(Exception):
    """dbt cannot build the source; the message is what it says."""


@dataclass(frozen=True)
class Rejection:
    """Rows that were rejected for one reason, one of them, and what to do."""

    reason: str
    row_count: int
    sample: str
    meaning: str
    what_to_do: str


@dataclass(frozen=True)
class CheckResult:
    """Where the rows went.

    Attributes:
        totals: measure (rows, amount), then raw total, used, guest, after as-of, rejected.
        rejections: the most frequent first.
        customer_count: customers with an accepted row.
        seconds: that it took.
    """

    totals: tuple[tuple[str, Decimal, Decimal, Decimal, Decimal, Decimal], ...]
    rejections: tuple[Rejection, ...]
    customer_count: int
    seconds: float


def check(variables: Mapping[str, Any], source_system: str, folder: Path) -> CheckResult:
    """Build what a source needs for its totals, and look at them.

    Args:
        variables: vars of dbt with the source.
        source_system: of the source.
        folder: an empty one, for all that dbt writes.

    Raises:
        CheckError: the build fails.
    """
    path = folder / "warehouse.duckdb"
    started = time.monotonic()
    finished = subprocess.run(
        [
            *(Path(sys.executable).with_name("dbt"), "--quiet", "--no-use-colors", "build"),
            *("--select", "+control_totals", "+rejected_rows", "+int_customer_days"),
            *("--exclude-resource-type", "test", "unit_test"),
            *("--vars", to_yaml(variables)),
            *("--target-path", folder / "target", "--log-path", folder / "logs"),
        ],
        cwd=PROJECT_DIR,
        env={**os.environ, "WAREHOUSE_PATH": str(path), "SOURCE_SYSTEMS": source_system},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - started
    if finished.returncode != 0:
        lines = [line for line in finished.stdout.splitlines() if line.strip()]
        raise CheckError("\n".join(lines[-ERROR_LINES:]))
    with REASONS.open(encoding="utf-8", newline="") as file:
        reasons = {row["rejection_reason"]: row for row in csv.DictReader(file)}
    with connect(path, read_only=True) as connection:
        totals = connection.execute(TOTALS, [source_system]).fetchall()
        rejections = connection.execute(REJECTIONS, [source_system]).fetchall()
        (customer_count,) = connection.execute(CUSTOMERS, [source_system]).fetchone()
    return CheckResult(
        totals=tuple(totals),
        rejections=tuple(
            Rejection(
                reason=reason,
                row_count=row_count,
                sample=sample,
                meaning=reasons[reason]["meaning"],
                what_to_do=reasons[reason]["what_to_do"],
            )
            for reason, row_count, sample in rejections
        ),
        customer_count=customer_count,
        seconds=seconds,
    )
