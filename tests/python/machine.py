"""What tests need that not every machine has: the real data, a browser, a PostgreSQL server."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from builds import ROOT

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Missing(NamedTuple):
    """Something that this machine has not.

    Attributes:
        marker: of the tests that need it.
        reason: what is not tested, and what to do about it.
    """

    marker: str
    reason: str


def real_data_dir() -> Path:
    """Folder of the real data sets, whether it is there or not."""
    folder = Path(os.environ.get("REAL_DATA_DIR") or "../shared/data")
    return folder if folder.is_absolute() else (ROOT / folder).resolve()


def browser_path() -> str | None:
    """The browser that the tests drive: one that the system has."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def postgresql_binaries() -> Path | None:
    """Folder of initdb and pg_ctl: of the PATH, or where Debian has them."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(versions, key=lambda path: float(path.parents[1].name), default=None)
    return newest.parent if newest else None


def missing() -> Iterator[Missing]:
    """What this machine has not."""
    if not real_data_dir().is_dir():
        yield Missing(
            "real",
            f"THE REAL DATA ARE NOT TESTED: there is no folder {real_data_dir()}. Point"
            " REAL_DATA_DIR to the folder of the real data sets.",
        )
    if not browser_path():
        yield Missing(
            "browser",
            "THE DOCUMENTATION SITE IS NOT TESTED IN A BROWSER: none of"
            f" {', '.join(BROWSERS)} is installed.",
        )
    if not postgresql_binaries():
        yield Missing(
            "postgresql",
            "PUBLISHING IS NOT TESTED: there is no initdb, of a PostgreSQL server, in PATH or in"
            " /usr/lib/postgresql.",
        )
