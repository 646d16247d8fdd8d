"""Ad clicks at the size of the published competition: from Parquet to tested segments."""

from __future__ import annotations

from pathlib import Path

import duckdb

from benchmarks.generated import ad_clicks
from benchmarks.harness import BenchmarkError, Contender, Line, say
from benchmarks.harness import run as run_once
from benchmarks.project import model_seconds

SELECT = "+customer_segments +customer_engagement +customer_scores +control_totals +segments"

COUNTS = """
select
    (select cast(sum(click_count) as bigint) from marts.customer_engagement),
    (select count(*) from marts.customer_engagement),
    (select count(*) from marts.customer_segments where segmentation = 'rfe_kmeans'),
    (select count(*) from marts.control_totals where difference <> 0)
"""


def run(folder: Path, share: float, impressions: bool, limit_seconds: float) -> tuple[Line, dict]:
    """Generate a share of the published rows, build with every test, and count the clicks again.

    Args:
        folder: empty.
        share: of the published sizes.
        impressions: whether every ad shown is read, or clicked ones only.
        limit_seconds: of patience.

    Returns:
        What the build cost, and the totals that were planted.
    """
    say(f"  generating {share:g} of the published rows")
    totals = ad_clicks(folder, share)
    name = "with impressions" if impressions else "clicked ads only"
    contender = Contender(
        f"this project, {name}",
        "benchmarks.project:dbt",
        {
            "command": "build",
            "folder": str(folder),
            "data_dir": str(folder),
            "source_systems": "ad_clicks",
            "variables": {"raw_format": {"ad_clicks": "parquet"}, "impressions": impressions},
            "select": SELECT,
            "tests": True,
        },
    )
    done = run_once(contender, limit_seconds)
    for model, seconds in sorted(model_seconds(folder).items(), key=lambda item: -item[1])[:8]:
        say(f"    {model}: {seconds:.1f} s")
    with duckdb.connect(str(folder / "warehouse.duckdb"), read_only=True) as connection:
        clicks, users, segmented, unequal = connection.execute(COUNTS).fetchone()
    expected = (totals["clicks"], totals["users"], totals["users"], 0)
    if (clicks, users, segmented, unequal) != expected:
        raise BenchmarkError(
            f"planted {expected[:2]} clicks and users, found {clicks}, {users}, {segmented} of them"
            f" in segments; {unequal} control totals differ"
        )
    return Line(contender.name, done), totals
