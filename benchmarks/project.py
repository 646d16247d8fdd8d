"""The project as a contender: dbt in the environment of this process, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.harness import ROOT

SETTINGS = ("SOURCE_SYSTEMS", "AS_OF_DATE", "VARS_FILE")


def dbt(
    command: str,
    folder: str,
    *,
    variables: Mapping[str, Any] | None = None,
    data_dir: str | None = None,
    source_systems: str | None = None,
    select: str | None = None,
    exclude: str | None = None,
    tests: bool = False,
    fresh: bool = True,
    result: str | None = None,
    query: str | None = None,
) -> dict[str, float]:
    """Run dbt on a warehouse in `folder`, as a user would on the command line.

    Args:
        command: build or run.
        folder: existing; holds warehouse, target and logs.
        variables: as `--vars`.
        data_dir: raw files; the sample by default.
        source_systems: as the environment variable of that name.
        select: as `--select`, words separated by blanks.
        exclude: as `--exclude`.
        tests: whether `build` runs the tests, too.
        fresh: whether a warehouse that stands there goes first.
        result: Parquet file for the rows of `query`.
        query: on the warehouse, after the run.

    Returns:
        `models`: seconds of the models alone, without start-up, parsing and hooks.

    Raises:
        RuntimeError: dbt failed, with the end of what it said.
    """
    home = Path(folder)
    warehouse = home / "warehouse.duckdb"
    if fresh:
        warehouse.unlink(missing_ok=True)
    environment = {name: text for name, text in os.environ.items() if name not in SETTINGS}
    environment |= {
        "WAREHOUSE_PATH": str(warehouse),
        "DATA_DIR": data_dir or str(ROOT / "sample_data"),
        "DO_NOT_TRACK": "1",
    }
    if source_systems:
        environment["SOURCE_SYSTEMS"] = source_systems
    arguments = [command, "--project-dir", ROOT, "--profiles-dir", ROOT]
    arguments += ["--target-path", home / "target", "--log-path", home / "logs"]
    arguments += ["--vars", json.dumps(variables or {})]
    arguments += ["--select", *select.split()] if select else []
    arguments += ["--exclude", *exclude.split()] if exclude else []
    if command == "build" and not tests:
        arguments += ["--exclude-resource-type", "test", "unit_test"]
    done = subprocess.run(
        [Path(sys.executable).with_name("dbt"), *arguments],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"dbt {command} failed:\n{done.stdout[-3000:]}")
    if result and query:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            connection.execute(f"copy ({query}) to '{result}' (format parquet)")
    return {"models": sum(model_seconds(home).values())}


def model_seconds(folder: Path) -> dict[str, float]:
    """Return the seconds of each model of the last run in a folder, in the order of the run."""
    results = json.loads((folder / "target" / "run_results.json").read_text(encoding="utf-8"))
    return {
        result["unique_id"].split(".")[-1]: result["execution_time"]
        for result in results["results"]
        if result["unique_id"].startswith("model.")
    }
