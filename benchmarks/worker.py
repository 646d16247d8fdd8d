"""The process of one contender: `python -m benchmarks.worker module:function '{...}'`.

Imports come before the clock starts; the last line printed is what the run cost, as JSON.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def main(name: str, arguments: dict[str, object]) -> None:
    """Import, run, and print what it cost."""
    module, function = name.split(":")
    work = getattr(importlib.import_module(module), function)
    cpu, started = _cpu_seconds(), time.perf_counter()
    details = work(**arguments) or {}
    seconds, cpu = time.perf_counter() - started, _cpu_seconds() - cpu
    # Linux counts kilobytes, macOS bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    peak = unit * max(
        resource.getrusage(who).ru_maxrss
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(
        "\n"
        + json.dumps(
            {"seconds": seconds, "cpu_seconds": cpu, "peak_bytes": peak, "details": details}
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
