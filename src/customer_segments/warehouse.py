"""The warehouse file: where it is, and opening it with errors that say what to do."""

import os
from pathlib import Path

import duckdb

PROJECT_DIR = Path(__file__).resolve().parents[2]


class WarehouseError(Exception):
    """The warehouse cannot be opened; the message names the file and the fix."""


def warehouse_path() -> Path:
    """Path of the DuckDB file: env WAREHOUSE_PATH, by default warehouse.duckdb in the project."""
    return (PROJECT_DIR / os.environ.get("WAREHOUSE_PATH", "warehouse.duckdb")).resolve()


def connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Open the warehouse.

    Args:
        path: the DuckDB file.
        read_only: True fails where the file does not exist; False creates it.

    Raises:
        WarehouseError: the file is missing, held by another process, or cannot be written.
    """
    if read_only and not path.exists():
        raise WarehouseError(
            f"{path} does not exist. Run `make build` first, or set WAREHOUSE_PATH."
        )
    try:
        return duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException as error:
        reason = str(error).splitlines()[0]
        if "lock" in reason:
            raise WarehouseError(
                f"{path} is in use by another process: {reason}\n"
                "DuckDB lets one process write. Close the other one (a notebook, a SQL client, a"
                " build that still runs), or set WAREHOUSE_PATH to another file."
            ) from error
        raise WarehouseError(
            f"{path} cannot be opened: {reason}\n"
            "Check that the folder exists and may be written, or set WAREHOUSE_PATH."
        ) from error
