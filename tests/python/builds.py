"""Build a warehouse as a user would, each time in a folder and a process of its own.

A build is `dbt build` in a process forked from one that has imported dbt already: as isolated as a
command line (environment, open DuckDB files, output), without two seconds of imports.
"""

from __future__ import annotations

import fcntl
import gc
import gzip
import hashlib
import json
import multiprocessing
import os
import random
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_data"

# Tables of schema marts that speak of the build and its SQL, not of what the customers did.
OF_THE_BUILD = {"build_status", "attribute_lineage"}

# Dates in the middle of each system's sample data, on days with events.
AS_OF = {
    "online_retail": date(2011, 6, 15),
    "superstore": date(2013, 6, 3),
    "bank": date(1994, 10, 31),
    "ad_clicks": date(2015, 5, 8),
}
AS_OF_SETTING = ",".join(f"{system}={day}" for system, day in AS_OF.items())

# What follows from the rows without scores and fits.
COUNTED = "+rejected_rows +control_totals +customer_recency +customer_frequency"
COUNTED += " +customer_monetary +customer_engagement"

REAL_SYSTEMS = "online_retail,superstore,bank,credit_card"

# Trying numbers of segments and methods takes most of a build's time, and few tests are about it.
QUICK = {"segmentation_k_max": 3, "candidate_search": "none"}

# Where dbt keeps what it has parsed, in a target folder.
PARSED = "partial_parse.msgpack"

Rows = list[tuple[Any, ...]]

_processes = multiprocessing.get_context("forkserver")
# What takes seconds to import; JAX and Keras are not among it, for they start threads.
_processes.set_forkserver_preload(
    [
        "dbt.cli.main",
        "dbt.adapters.duckdb",
        "dbt.task.build",
        "pandas",
        "pyarrow",
        "scipy.stats",
        "sklearn.cluster",
        "sklearn.metrics",
        "sklearn.neighbors",
        "sqlglot.dialects.duckdb",
    ]
)


@dataclass(frozen=True)
class Warehouse:
    """What one build left behind."""

    path: Path
    output: str = ""
    target: Path = Path("target")

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What dbt parsed for the build."""
        return json.loads((self.target / "manifest.json").read_text(encoding="utf-8"))

    @property
    def problems(self) -> str:
        """What the build complained about."""
        _, _, problems = self.output.rpartition("Completed with ")
        return problems[-5000:]

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Rows:
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Return the only row; its value when it has only one."""
        (row,) = self.query(sql, parameters)
        return row[0] if len(row) == 1 else row

    @cached_property
    def tables(self) -> dict[str, list[str]]:
        """Columns of each public table."""
        columns = self.query(
            "select table_name, list(column_name order by ordinal_position)"
            " from information_schema.columns where table_schema = 'marts'"
            " group by all order by all"
        )
        return {table: names for table, names in columns if table not in OF_THE_BUILD}

    def marts(self, without: Iterable[str] = (), where: str = "true") -> dict[str, Rows]:
        """Every public table, its rows in order; `without` names columns to leave out."""
        content = {}
        with duckdb.connect(str(self.path), read_only=True) as connection:
            for table, names in self.tables.items():
                columns = ", ".join(f'"{name}"' for name in names if name not in set(without))
                content[table] = connection.execute(
                    f"select {columns} from marts.{table} where {where} order by all"
                ).fetchall()
        return content

    def copy(self, folder: Path) -> Path:
        """Copy the warehouse to `folder`, for a build on top of it."""
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy(self.path, folder / "warehouse.duckdb"))


def same(found: dict[str, Rows], expected: dict[str, Rows]) -> None:
    """Assert that two sets of tables are equal, showing a few rows where they are not."""
    assert found.keys() == expected.keys()
    for table, rows in expected.items():
        if found[table] != rows:
            extra = list(set(found[table]) - set(rows))
            missing = list(set(rows) - set(found[table]))
            raise AssertionError(
                f"{table}: {len(found[table])} rows instead of {len(rows)};"
                f" {len(extra)} unexpected, such as {extra[:3]};"
                f" {len(missing)} missing, such as {missing[:3]}"
            )


class Builder:
    """Run builds in folders of their own; parsed projects are shared between them.

    Args:
        folder: for the builds of this process.
        shared: for what all processes of a test session share; `folder` where there is only one.
    """

    def __init__(self, folder: Path, shared: Path | None = None) -> None:
        self.folder = folder
        self.shared = shared or folder

    def once(self, name: str, **arguments: Any) -> Warehouse:
        """The build of that name, made by the first process of the session that asks for it.

        Nobody may write to it, nor build upon it: `copy` it first.
        """
        made = self.shared / name / "made.json"
        made.parent.mkdir(parents=True, exist_ok=True)
        with (self.shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                # A target folder of its own, which no later build writes to.
                own = Builder(self.shared / f"{name}_target", self.shared)
                warehouse = own(made.parent, **arguments)
                made.write_text(json.dumps(asdict(warehouse), default=str), encoding="utf-8")
        found = json.loads(made.read_text(encoding="utf-8"))
        return Warehouse(Path(found["path"]), found["output"], Path(found["target"]))

    def environment(
        self,
        data_dir: Path | str | None = None,
        source_systems: str | None = None,
        as_of_date: str | None = None,
        **more: str,
    ) -> dict[str, str]:
        """Environment of a build: nothing that the caller's shell sets for dbt or the project."""
        settings = {
            "DATA_DIR": data_dir,
            "SOURCE_SYSTEMS": source_systems,
            "AS_OF_DATE": as_of_date,
            # Relative to the build's own folder: equal settings let dbt reuse a parsed project.
            "WAREHOUSE_PATH": "warehouse.duckdb",
            "PYTHONPATH": ROOT / "src",
            **more,
        }
        ours = re.compile(r"^(DBT_|DUCKDB_|DATA_DIR$|SOURCE_SYSTEMS$|AS_OF_DATE$|WAREHOUSE_PATH$)")
        kept = {name: value for name, value in os.environ.items() if not ours.match(name)}
        return kept | {name: str(value) for name, value in settings.items() if value is not None}

    def arguments(
        self,
        folder: Path,
        environment: dict[str, str],
        variables: dict[str, Any] | None = None,
        select: str | None = None,
        tests: str = "none",
        project: Path = ROOT,
        empty: bool = False,
        lineage: bool = False,
    ) -> list[str]:
        """Arguments of dbt.

        Args:
            folder: of the build.
            environment: of the build.
            variables: beside or instead of `QUICK`.
            select: models; all without.
            tests: all, data (no unit tests), only (no models), or none.
            project: the project to build.
            empty: build without rows.
            lineage: trace the lineage of what is selected, too. That takes a fifth of a build, and
                without it the set of tables is not whole.
        """
        # What dbt bakes into a parsed project; with equal values it is parsed once per session.
        parsed = [str(project), environment.get("SOURCE_SYSTEMS"), variables]
        parsed += [environment.get(name) for name in ("DBT_THREADS", "DUCKDB_THREADS")]
        target = hashlib.sha256(json.dumps(parsed).encode()).hexdigest()[:12]
        command = "test" if tests == "only" else "build"
        arguments = [command, "--project-dir", str(project), "--profiles-dir", str(project)]
        arguments += ["--target-path", str(self.folder / "targets" / target)]
        arguments += ["--log-path", str(folder / "logs"), "--no-use-colors"]
        if tests != "all":
            arguments += ["--exclude-resource-type", "unit_test"]
            arguments += ["test"] if tests == "none" else []
        arguments += ["--vars", json.dumps(QUICK | (variables or {}))]
        if select is not None:
            # A test that also reads what was neither built nor read says nothing of the build.
            arguments += ["--select", select, "--indirect-selection", "buildable"]
        if tests in ("none", "data") and not lineage:
            arguments += ["--exclude", "traced_lineage+"]
        if empty:
            arguments += ["--empty"]
        return arguments

    def __call__(
        self,
        name: str | Path,
        data_dir: Path | str | None = None,
        source_systems: str | None = None,
        as_of_date: str | None = None,
        env: dict[str, str] | None = None,
        fails: bool = False,
        **arguments: Any,
    ) -> Warehouse:
        """Build into the folder `name`; a warehouse that stands there is built upon.

        The build must succeed; with `fails` true it must not.
        """
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        environment = self.environment(data_dir, source_systems, as_of_date, **(env or {}))
        options = self.arguments(folder, environment, **arguments)
        self._take_parsed(Path(options[options.index("--target-path") + 1]))
        process = _processes.Process(target=_run_dbt, args=(options, folder, environment))
        process.start()
        process.join()
        output = (folder / "output.txt").read_text(encoding="utf-8")
        target = Path(options[options.index("--target-path") + 1])
        self._share_parsed(target)
        warehouse = Warehouse(folder / environment["WAREHOUSE_PATH"], output, target)
        assert (process.exitcode != 0) == fails, warehouse.problems
        return warehouse

    def _take_parsed(self, target: Path) -> None:
        """Begin with the project as another process has parsed it, if one has."""
        parsed = self.shared / "parsed" / target.name
        if parsed.exists() and not (target / PARSED).exists():
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(parsed, target / PARSED)

    def _share_parsed(self, target: Path) -> None:
        """Let other processes begin with the project as it was parsed here."""
        parsed = self.shared / "parsed" / target.name
        if (target / PARSED).exists() and not parsed.exists():
            parsed.parent.mkdir(parents=True, exist_ok=True)
            written = parsed.with_name(f"{parsed.name}.{os.getpid()}")
            shutil.copy(target / PARSED, written)
            written.rename(parsed)


def _run_dbt(arguments: list[str], folder: Path, environment: dict[str, str]) -> None:
    descriptor = os.open(folder / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)

    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import cli

    # The process ends with its build, and there is much to look through for garbage.
    gc.disable()

    try:
        cli(arguments)
    finally:
        # A forked process runs no exit functions; this one writes the log into the file.
        DuckDBConnectionManager.close_all_connections()


def read_bytes(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def write_bytes(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data, 1, mtime=0) if path.suffix == ".gz" else data)


def shuffled(name: str, lines: list[bytes]) -> list[bytes]:
    """The lines of a file in another order, the header still first."""
    header, *records = lines
    random.Random(name).shuffle(records)
    return [header, *records]


def raw_files(folder: Path) -> list[Path]:
    """The raw files in `folder`, relative to it."""
    found = (path.relative_to(folder) for path in folder.glob("*/*"))
    return sorted(path for path in found if ".csv" in path.name or ".tsv" in path.name)


def rewrite(
    source: Path,
    target: Path,
    change: Callable[[str, list[bytes]], list[bytes]],
    files: Iterable[Path] | None = None,
) -> Path:
    """Copy raw files, each changed as lines: `change` gets its name and its lines, header first."""
    for path in raw_files(source) if files is None else files:
        lines = read_bytes(source / path).removesuffix(b"\n").split(b"\n")
        write_bytes(target / path, b"\n".join(change(path.as_posix(), lines)) + b"\n")
    return target
