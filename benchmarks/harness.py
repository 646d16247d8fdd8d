"""Run contenders in processes of their own, compare what they computed, then what it cost.

A contender is a function `module:name` that takes a dictionary of arguments and returns further
numbers of its own, or nothing. It runs in a fresh process, of an environment of its own where its
pins differ, so nobody inherits another's memory, threads or caches. The first run of each is a
warm-up that writes its result; nothing is timed before all results are equal. Then the contenders
take turns, so that whatever else the machine does hits all of them, and the median counts.
"""

from __future__ import annotations

import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).parents[1]
PEERS = ROOT / ".venv-bench"
"""Environment of the peers; `make bench` makes it from benchmarks/peers.txt."""

MEMORY_LIMIT = 16e9
"""Bytes at which a process is ended, as out of memory."""


class BenchmarkError(Exception):
    """A contender failed, or computed something else than the others."""


@dataclass(frozen=True)
class Contender:
    """Somebody who does the work.

    Attributes:
        name: as printed.
        function: `module:name`, of the benchmarks package.
        arguments: json-able; `result`, the Parquet file to write, is added in the warm-up.
        is_peer: whether it runs in the environment of the peers.
        is_compared: whether its result has to be that of the first.
    """

    name: str
    function: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    is_peer: bool = False
    is_compared: bool = True


@dataclass(frozen=True)
class Run:
    """What a run cost.

    Attributes:
        seconds: of wall clock, without starting Python and importing libraries.
        cpu_seconds: of all processes and threads.
        peak_bytes: resident memory at its largest, of one process.
        details: further seconds that the contender measured, by name.
        refused: why there is nothing to measure; empty otherwise.
    """

    seconds: float
    cpu_seconds: float
    peak_bytes: float
    details: Mapping[str, float]
    refused: str = ""


def run(contender: Contender, limit_seconds: float, result: Path | None = None) -> Run:
    """Run a contender once, in a process of its own.

    Args:
        contender: who.
        limit_seconds: of patience.
        result: Parquet file to write what was computed to.

    Raises:
        BenchmarkError: it failed, with the end of what it said.
    """
    python = PEERS / "bin" / "python" if contender.is_peer else Path(sys.executable)
    arguments = dict(contender.arguments) | ({"result": str(result)} if result else {})
    process = subprocess.Popen(
        [python, "-m", "benchmarks.worker", contender.function, json.dumps(arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    refused = _wait(process, limit_seconds)
    output, errors = process.communicate()
    if refused:
        return Run(float("nan"), float("nan"), float("nan"), {}, refused)
    if process.returncode:
        if "MemoryError" in errors or process.returncode == -signal.SIGKILL:
            return Run(float("nan"), float("nan"), float("nan"), {}, "out of memory")
        raise BenchmarkError(f"{contender.name} failed:\n{(output + errors)[-3000:]}")
    numbers = json.loads(output.splitlines()[-1])
    return Run(**numbers)


def _wait(process: subprocess.Popen, limit_seconds: float) -> str:
    """Wait for a process; return why it was ended, or nothing."""
    started = time.monotonic()
    while process.poll() is None:
        time.sleep(0.2)
        reason = ""
        if time.monotonic() - started > limit_seconds:
            reason = f"not within {limit_seconds:,.0f} s"
        elif _resident_bytes(process.pid) > MEMORY_LIMIT:
            reason = f"more than {MEMORY_LIMIT / 1e9:.0f} GB"
        if reason:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return reason
    return ""


def _resident_bytes(pid: int) -> int:
    """Return the resident memory of a process; 0 where the system does not tell."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Line:
    """A contender in the table of a suite; `run` holds medians."""

    name: str
    run: Run


def compete(
    contenders: Sequence[Contender],
    *,
    folder: Path,
    columns: Mapping[str, str],
    runs: int,
    limit_seconds: float = 1800,
) -> list[Line]:
    """Let contenders do the same work; the others are compared with the first, who has all columns.

    Args:
        contenders: at least one.
        folder: for results.
        columns: of the results and their types; a contender is compared on those that it has.
        runs: timed ones, each after the warm-up.
        limit_seconds: of patience per run.

    Returns:
        Lines in the order of the contenders.

    Raises:
        BenchmarkError: a result differs from that of the first, with three of the rows.
    """
    refused: dict[str, Run] = {}
    for number, contender in enumerate(contenders):
        say(f"  {contender.name}: warm-up")
        result = folder / f"result_{number}.parquet"
        done = run(contender, limit_seconds, result)
        if done.refused:
            refused[contender.name] = done
        elif number and contender.is_compared and contenders[0].name not in refused:
            _compare(contender.name, folder / "result_0.parquet", result, columns)
    taken: dict[str, list[Run]] = {contender.name: [] for contender in contenders}
    for turn in range(1, runs + 1):
        for contender in contenders:
            if contender.name in refused:
                continue
            done = run(contender, limit_seconds)
            say(f"  {contender.name}: {done.seconds:.1f} s ({turn} of {runs})")
            taken[contender.name].append(done)
    return [
        Line(name, refused[name] if name in refused else _median(of_name))
        for name, of_name in taken.items()
    ]


def _compare(name: str, expected: Path, found: Path, columns: Mapping[str, str]) -> None:
    """Raise where two results are not the same rows."""
    with duckdb.connect() as connection:
        described = connection.execute(f"describe from '{found}'").fetchall()
        shared = [column for column, *_ in described if column in columns]
        cells = ", ".join(f"cast({column} as {columns[column]}) as {column}" for column in shared)
        for table, file in (("expected", expected), ("found", found)):
            connection.execute(f"create table {table} as select {cells} from '{file}'")
        wanted, given = connection.execute(
            "select (select count(*) from expected), (select count(*) from found)"
        ).fetchone()
        missing = connection.execute("from expected except all from found limit 3").fetchall()
        extra = connection.execute("from found except all from expected limit 3").fetchall()
    if not shared or missing or extra:
        raise BenchmarkError(
            f"{name} computed something else in {shared}: {given:,} rows, not {wanted:,};"
            f" {extra} instead of {missing}"
        )


def _median(runs: Sequence[Run]) -> Run:
    names = runs[0].details.keys()
    return Run(
        statistics.median(run.seconds for run in runs),
        statistics.median(run.cpu_seconds for run in runs),
        statistics.median(run.peak_bytes for run in runs),
        {name: statistics.median(run.details[name] for run in runs) for name in names},
    )


def machine() -> str:
    """Return processor, cores and memory in words."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
        models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        name = models[0] if models else name
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}"


def say(words: str) -> None:
    """Print progress at once."""
    print(words, file=sys.stderr, flush=True)
