"""What the project costs beside the work: start-up, parsing, and each node of the sample build."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.harness import Contender, Line, run, say
from benchmarks.project import dbt

CHANGED_MART = "customer_scores"


def start_up(result: str | None = None) -> None:
    """Start dbt, and nothing else."""
    del result
    program = Path(sys.executable).with_name("dbt")
    subprocess.run([program, "--version"], check=True, capture_output=True)


def sample_build(folder: str) -> dict[str, float]:
    """Build the sample with every test; return seconds by kind of node."""
    dbt("build", folder, tests=True)
    return by_kind(Path(folder))


def changed_mart(folder: str) -> dict[str, float]:
    """Build a mart and what depends on it again, with the tests, as after a change of one line."""
    dbt("build", folder, select=f"{CHANGED_MART}+", tests=True, fresh=False)
    return by_kind(Path(folder))


def by_kind(folder: Path) -> dict[str, float]:
    """Return seconds of the last run in a folder by kind of node, and how many there were."""
    results = json.loads((folder / "target" / "run_results.json").read_text(encoding="utf-8"))
    seconds: dict[str, float] = {}
    for result in results["results"]:
        kind = result["unique_id"].split(".")[0]
        seconds[kind] = seconds.get(kind, 0.0) + result["execution_time"]
        seconds[f"{kind} nodes"] = seconds.get(f"{kind} nodes", 0.0) + 1
    return seconds


def measure(folder: Path, limit_seconds: float) -> list[Line]:
    """Measure each step once, after one that nobody counts.

    Args:
        folder: empty.
        limit_seconds: of patience per run.
    """
    home = folder / "sample"
    home.mkdir()
    steps = [
        Contender("dbt --version", "benchmarks.overhead:start_up"),
        Contender(
            "dbt build of the sample, every test",
            "benchmarks.overhead:sample_build",
            {"folder": str(home)},
        ),
        Contender(
            f"dbt build --select {CHANGED_MART}+, every test",
            "benchmarks.overhead:changed_mart",
            {"folder": str(home)},
        ),
    ]
    run(steps[0], limit_seconds)
    lines = []
    for step in steps:
        say(f"  {step.name}")
        lines.append(Line(step.name, run(step, limit_seconds)))
        if lines[-1].run.refused:
            # What follows builds on it.
            break
    return lines
