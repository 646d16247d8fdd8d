"""Scoring a file: read it, place its customers by a stored model, say what was left aside."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from customer_segments.onboarding.reading import (
    FORMATS,
    FileError,
    Source,
    open_source,
    sql_text,
)
from customer_segments.scoring import customers, rows
from customer_segments.scoring.assignment import place, result
from customer_segments.scoring.drift import Drift, drift
from customer_segments.scoring.errors import ScoringError
from customer_segments.scoring.models import Model, find_model
from customer_segments.warehouse import connect, warehouse_path

if TYPE_CHECKING:
    import pandas as pd

ALL_ROWS = 2**62

WRITERS = {
    ".csv": "format csv, header",
    ".tsv": "format csv, header, delimiter '\t'",
    ".parquet": "format parquet",
    ".json": "format json",
    ".jsonl": "format json",
    ".ndjson": "format json",
}
"""Endings of result files; JSON is one object per line, as it is read."""


@dataclass(frozen=True)
class Score:
    """A scored file.

    Attributes:
        model: the model that placed the customers.
        path: file or folder.
        connection: holds `placed`, and `rejected` where there were raw rows; open inside `score()`.
        totals: where raw rows went; None for a file of customers.
        drift: of each measure against the fit.
        notes: what was left aside, in words.
    """

    model: Model
    path: Path
    connection: duckdb.DuckDBPyConnection
    totals: rows.RowTotals | None
    drift: list[Drift]
    notes: list[str] = field(default_factory=list)

    def frame(self) -> pd.DataFrame:
        """One row per customer, by customer_id; columns are `assignment.COLUMNS`."""
        return self.connection.execute(result(self.model)).df()

    def write(self, path: Path) -> list[Path]:
        """Write the result, and next to it the rejected rows where raw rows were read.

        Each file is there whole or not at all.

        Args:
            path: `*.csv`, `*.tsv`, `*.parquet`, `*.json`, `*.jsonl`, `*.ndjson`.

        Returns:
            The files that were written.

        Raises:
            ScoringError: the ending is not known, or the file cannot be written.
        """
        check_ending(path)
        queries = {path: result(self.model)}
        if self.totals:
            queries[path.with_suffix(f".rejected{path.suffix}")] = "from rejected order by all"
        for target, query in queries.items():
            unfinished = target.with_name(f".{target.name}.unfinished")
            try:
                self.connection.execute(
                    f"copy ({query}) to {sql_text(str(unfinished))} ({_writer(path)})"
                )
                unfinished.replace(target)
            except (duckdb.Error, OSError) as error:
                unfinished.unlink(missing_ok=True)
                raise ScoringError(
                    f"{target} cannot be written: {str(error).splitlines()[0]}"
                ) from error
        return list(queries)


def check_ending(path: Path) -> None:
    """Refuse a result file of an unknown kind, before any work is done.

    Raises:
        ScoringError: the ending is not in `WRITERS`, or the folder does not exist.
    """
    if path.suffix.lower() not in WRITERS:
        raise ScoringError(f"OUT is {path}: it must end in one of {' '.join(WRITERS)}.")
    if not path.parent.is_dir():
        raise ScoringError(f"OUT is {path}: there is no folder {path.parent}.")


@contextmanager
def score(
    model: str,
    path: str | Path,
    file_type: str | None = None,
    header: bool = True,
    *,
    as_of: date | None = None,
    warehouse: Path | None = None,
) -> Iterator[Score]:
    """Place the customers of a file by a stored model; nothing is fitted.

    Args:
        model: id of a model, or segmentation:source_system.
        path: a file of customers (one row each: customer_id, and the features or the measures they
            are computed from) or of raw rows of the source system; or the folder of raw tables.
        file_type: csv, tsv, parquet or json (one object per line); by default the ending says it.
        header: whether a text file names its columns; without names they are customer_id and the
            features in the order of the fit.
        as_of: date that raw rows are looked at from; by default the day after the last.
        warehouse: the DuckDB file; by default env WAREHOUSE_PATH.

    Yields:
        The scored file; its connection is open inside the `with`.

    Raises:
        ScoringError: the model does not exist, or the file cannot be scored by it.
        WarehouseError: the warehouse cannot be opened.
    """
    path = Path(path).expanduser().resolve()
    if file_type and file_type not in FORMATS:
        raise ScoringError(f"file_type is '{file_type}': it must be one of {', '.join(FORMATS)}.")
    with (
        tempfile.TemporaryDirectory() as folder,
        connect(warehouse or warehouse_path(), read_only=True) as opened,
        duckdb.connect() as connection,
    ):
        connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        connection.execute(f"set temp_directory = {sql_text(folder)}")
        stored = find_model(opened, model)
        format_ = rows.raw_format(stored)
        totals, notes = None, []
        if path.is_dir():
            totals = rows.load_raw_rows(connection, opened, path, None, stored, as_of, Path(folder))
        else:
            try:
                source = open_source(
                    connection, str(path), file_type=file_type, header=header, row_limit=ALL_ROWS
                )
            except FileError as error:
                raise ScoringError(str(error)) from error
            notes += source.warnings
            names = None
            if not header:
                names = _without_header(source, stored)
            if names or customers.names_customers(source, stored):
                notes += customers.load_customers(connection, source, stored, as_of, names)
            elif rows.holds_raw_rows(source, format_):
                totals = rows.load_raw_rows(
                    connection, opened, path, source, stored, as_of, Path(folder)
                )
            else:
                raise ScoringError(_neither(source, stored, format_))
        place(connection, opened, stored)
        yield Score(stored, path, connection, totals, drift(connection, stored), notes)


def predict_file(
    model: str,
    path: str | Path,
    file_type: str | None = None,
    header: bool = True,
    *,
    as_of: date | None = None,
    warehouse: Path | None = None,
) -> pd.DataFrame:
    """Return the segment of each customer of a file; see `score` for arguments and errors.

    Returns:
        One row per customer, by customer_id: segment, distance to its centroid in standard
        deviations, confidence, whether a feature is outside what the model has seen, and the reason
        where there is no segment.
    """
    with score(model, path, file_type, header, as_of=as_of, warehouse=warehouse) as scored:
        return scored.frame()


def _writer(path: Path) -> str:
    return WRITERS[path.suffix.lower()]


def _without_header(source: Source, model: Model) -> dict[str, str]:
    """Names for the columns of a file without a header."""
    width = len(source.columns)
    as_customers = 1 + len(model.features)
    if source.format != "text":
        raise ScoringError(f"header is False, but {source.format} always names its columns.")
    if width == as_customers:
        return customers.named_by_place(source, model)
    raise ScoringError(
        f"The file has {width} columns and no header. Without one it has {as_customers} columns:"
        f" {', '.join(['customer_id', *(f.name for f in model.features)])}. Raw rows need their"
        " header."
    )


def _neither(source: Source, model: Model, format_: rows.RawFormat) -> str:
    """Why a file can be read neither as customers nor as raw rows."""
    names = {column.name for column in source.columns}
    wanted = [
        "customer_id",
        *(
            feature.raw_name or feature.name
            for feature in model.features
            if feature.name not in names and feature.raw_name not in names
        ),
    ]
    lines = [
        f"{source.pattern} can be read neither as customers nor as raw rows of"
        f" {model.card.source_system}.",
        f"As customers, one row each, it needs: {customers.wanted_columns(model)}.",
        f"  It lacks {customers.unfit_columns(source, wanted)}.",
        f"As raw rows it needs: {format_.words}.",
    ]
    if len(format_.tables) < 2:
        lines.append(f"  It lacks {customers.unfit_columns(source, format_.columns)}.")
    lines.append(f"It names: {', '.join(column.name for column in source.columns)}.")
    return "\n  ".join(lines)
