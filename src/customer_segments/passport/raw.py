"""The raw files of the published source systems: their rows as text, and whether they changed."""

from __future__ import annotations

import csv
import glob
import gzip
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from customer_segments.passport.errors import PassportError
from customer_segments.passport.raw_tables import RawTable
from customer_segments.passport.records import RawRow

ENDINGS = {"csv": re.compile(r"\.(csv|tsv|txt|asc)(\.gz)?$"), "parquet": re.compile(r"\.parquet$")}


class RawFiles:
    """The raw files below one folder."""

    def __init__(self, data_dir: Path, formats: Mapping[str, str]) -> None:
        """Open a reader.

        Args:
            data_dir: the folder that holds one folder per source system.
            formats: csv or parquet, by source system; csv where it is not named.
        """
        self.data_dir = data_dir
        self.formats = formats
        self._connection = duckdb.connect()

    def close(self) -> None:
        """Close the reader."""
        self._connection.close()

    def format(self, table: RawTable) -> str:
        """`csv` (text of any kind) or `parquet`."""
        return self.formats.get(table.source_system, "csv")

    def files(self, table: RawTable) -> list[Path]:
        """The files of a table, sorted."""
        ending = ENDINGS[self.format(table)]
        return sorted(
            path for path in self.data_dir.glob(table.files) if ending.search(path.name.lower())
        )

    def rows(
        self, table: RawTable, column: str | None = None, ids: Collection[str] | None = None
    ) -> list[RawRow]:
        """Rows of a table, in the order of the files.

        Args:
            table: the raw table.
            column: where the ids are looked for; by default where the table names the customer.
            ids: which rows: those that hold one of them, and all others that share the key of such
                a row, because only one of them can be used; None for every row.
        """
        column = column or table.customer_column
        files = self.files(table)
        if not files:
            raise PassportError(_no_files(self, table))
        sql = f"with raw as ({self._all_rows(table, files)}) select * from raw"
        parameters: list[list[str]] = []
        if ids is not None:
            found_id = table.id_in_sql(f'"{column}"')
            is_wanted = f"{found_id} in (select unnest(cast(? as varchar[])))"
            parameters = [sorted(ids)]
            sql += f" where {is_wanted}"
            if table.key and table.key != column:
                sql += f' or "{table.key}" in (select "{table.key}" from raw where {is_wanted})'
                parameters *= 2
        try:
            found = self._connection.execute(sql, parameters).fetchall()
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise PassportError(f"{table.files} cannot be read any more: {reason}") from error
        prefix = f"{self.data_dir}/"
        return [
            RawRow(
                table.name, file.removeprefix(prefix), dict(zip(table.columns, cells, strict=True))
            )
            for file, *cells in found
        ]

    def _all_rows(self, table: RawTable, files: list[Path]) -> str:
        columns = ", ".join(f'cast("{name}" as varchar) as "{name}"' for name in table.columns)
        if self.format(table) == "parquet":
            return (
                f"select filename, {columns}"
                f" from read_parquet({_sql_paths(files)}, union_by_name = true, filename = true)"
            )
        return " union all ".join(
            f"select filename, {columns} from {_read_csv(paths, header, table.delimiter)}"
            for header, paths in _by_header(files, table.delimiter)
        )


def check_unchanged(
    raw: RawFiles,
    warehouse: duckdb.DuckDBPyConnection,
    tables: Iterable[RawTable],
    started_at: datetime,
) -> None:
    """Check that the raw files are those that the build read.

    A copy that keeps its old time stamp is not noticed here; its numbers differ then.

    Raises:
        PassportError: files are missing, or were written after the build began; names them.
    """
    problems = []
    for table in tables:
        present = {path.relative_to(raw.data_dir).as_posix(): path for path in raw.files(table)}
        if not present:
            problems.append(_no_files(raw, table))
            continue
        if raw.format(table) == "csv":
            staged = f"select distinct source_file from staging.{table.staged_as}"
            read = {file for (file,) in warehouse.execute(staged).fetchall()}
            problems += [f"{raw.data_dir / file} is gone." for file in sorted(read - set(present))]
        problems += [
            f"{path} was written after the build of {started_at:%Y-%m-%d %H:%M:%S} UTC."
            for path in present.values()
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) > started_at
        ]
    if problems:
        raise PassportError(
            "The raw files are not those that the warehouse was built from:\n  - "
            + "\n  - ".join(problems)
            + "\nBring them back, or run `make build` on what is there now."
        )


def _no_files(raw: RawFiles, table: RawTable) -> str:
    return f"there is no {raw.format(table)} file {raw.data_dir / table.files} any more."


def _by_header(files: list[Path], delimiter: str) -> list[tuple[tuple[str, ...], list[Path]]]:
    """Files whose columns stand in the same order, together."""
    groups: dict[tuple[str, ...], list[Path]] = {}
    for path in files:
        groups.setdefault(_header(path, delimiter), []).append(path)
    return list(groups.items())


def _header(path: Path, delimiter: str) -> tuple[str, ...]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig", newline="") as file:
        names = next(csv.reader(file, delimiter=delimiter, skipinitialspace=True), [])
    return tuple(name.strip() for name in names)


def _read_csv(paths: list[Path], header: tuple[str, ...], delimiter: str) -> str:
    """Read with the columns of the header and no guessing, as the project does."""
    columns = ", ".join(f"{_sql_text(name)}: 'VARCHAR'" for name in header)
    return (
        f"read_csv({_sql_paths(paths)}, auto_detect = false, header = true,"
        f" columns = {{{columns}}}, delim = {_sql_text(delimiter)}, quote = '\"', escape = '\"',"
        " filename = true, ignore_errors = true)"
    )


def _sql_paths(paths: list[Path]) -> str:
    """A SQL list of files; the reader takes each for a pattern, so what could be one is escaped."""
    return "[" + ", ".join(_sql_text(glob.escape(str(path))) for path in paths) + "]"


def _sql_text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
