"""Opening a file: its format, delimiter and columns, and its first rows as a table.

The table is `records`. Its columns are c0, c1, ... and not the names in the file, so that no name
from outside becomes part of a query. Text and JSON lines stay text; Parquet keeps its types.
"""

from __future__ import annotations

import glob
import gzip
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import duckdb

ROW_LIMIT = 1_000_000
"""Rows that are looked at; a file may have more."""

FORMATS = {
    "csv": "text",
    "tsv": "text",
    "txt": "text",
    "parquet": "parquet",
    "jsonl": "JSON lines",
    "ndjson": "JSON lines",
    "json": "JSON lines",
}
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "TAB", "|": "pipe"}
FIRST_BYTES = 65_536
FIRST_LINES = 100
FIRST_OBJECTS = 10_000
"""JSON lines whose keys are the columns."""

NO_NAME = re.compile(r"[-+]?[\d.,:/ -]+|")
"""What a column is hardly called: a number, a date, nothing."""


class FileError(Exception):
    """The file cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class Column:
    """One column of the file.

    Attributes:
        name: in the file; of nested JSON, a pointer such as /customer/id.
        sql: its column in `records`.
        type: DuckDB's name of it.
    """

    name: str
    sql: str
    type: str = "VARCHAR"

    @property
    def is_text(self) -> bool:
        """Whether formats apply to it."""
        return self.type == "VARCHAR"

    @property
    def is_time(self) -> bool:
        """Whether its type is one of dates or time stamps."""
        return self.type == "DATE" or self.type.startswith("TIMESTAMP")

    @property
    def is_number(self) -> bool:
        """Whether its type is one of numbers."""
        return self.type.startswith(("DECIMAL", "DOUBLE", "FLOAT")) or self.type.endswith(
            ("INT", "INTEGER")
        )


@dataclass(frozen=True)
class Source:
    """A file, or the files of a pattern, read as one table.

    Attributes:
        pattern: absolute path or glob that finds the files.
        paths: the files.
        format: a value of `FORMATS`.
        delimiter: of text; else empty.
        default_delimiter: what a build takes when it is not told.
        why_delimiter: how it was found.
        columns: in the order of the file.
        row_count: rows looked at.
        is_cut: whether there are more rows.
        warnings: what is wrong with the file or with lines of it.
    """

    pattern: str
    paths: tuple[str, ...]
    format: str
    delimiter: str
    default_delimiter: str
    why_delimiter: str
    columns: tuple[Column, ...]
    row_count: int
    is_cut: bool
    warnings: tuple[str, ...]


@dataclass
class _Loaded:
    columns: list[Column] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    delimiter: str = ""
    why_delimiter: str = ""


def open_source(
    connection: duckdb.DuckDBPyConnection,
    pattern: str,
    delimiter: str | None = None,
    *,
    file_type: str | None = None,
    header: bool = True,
    row_limit: int | None = None,
) -> Source:
    """Read the first rows of a file into the table `records`.

    Args:
        connection: an empty database.
        pattern: path or glob.
        delimiter: of a text file; by default it is found.
        file_type: a key of `FORMATS`; by default the ending says it.
        header: whether the first line of a text file names the columns; without names they are
            called by their places.
        row_limit: rows that are read; by default `ROW_LIMIT`.

    Raises:
        FileError: there is no such file, or it cannot be used.
    """
    pattern, paths = _find(connection, pattern, file_type)
    ending = file_type or _ending(pattern)
    row_limit = ROW_LIMIT if row_limit is None else row_limit
    format_ = FORMATS[ending]
    if delimiter and format_ != "text":
        raise FileError(f"A delimiter is set, but {pattern} is {format_}, which has none.")
    default_delimiter = "\t" if ending == "tsv" else ","
    try:
        if format_ == "parquet":
            loaded = _load_parquet(connection, paths, row_limit)
        elif format_ == "text":
            loaded = _load_text(connection, paths, delimiter, default_delimiter, header, row_limit)
        else:
            loaded = _load_json(connection, paths, row_limit)
        (row_count,) = connection.execute("select count(*) from records").fetchone()
    except (duckdb.Error, OSError, EOFError) as error:
        raise FileError(f"{pattern} cannot be read: {str(error).splitlines()[0]}") from error
    if row_count == 0:
        raise FileError("\n".join([f"{pattern} has no rows that can be read.", *loaded.warnings]))
    if row_count > row_limit:
        connection.execute("delete from records where rowid >= ?", [row_limit])
    return Source(
        pattern=pattern,
        paths=tuple(paths),
        format=format_,
        delimiter=loaded.delimiter,
        default_delimiter=default_delimiter if format_ == "text" else "",
        why_delimiter=loaded.why_delimiter,
        columns=tuple(loaded.columns),
        row_count=min(row_count, row_limit),
        is_cut=row_count > row_limit,
        warnings=tuple(loaded.warnings),
    )


def counted(count: int, noun: str) -> str:
    """A number of things: `1 row`, `2,920 rows`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def sql_text(text: str) -> str:
    """Text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def sql_name(name: str) -> str:
    """Name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def _find(
    connection: duckdb.DuckDBPyConnection, pattern: str, file_type: str | None
) -> tuple[str, list[str]]:
    """Absolute pattern, and the files that a build will find with it."""
    path = Path(pattern).expanduser().resolve()
    if path.is_dir():
        raise FileError(f"{path} is a folder. Name the files in it: '{path}/*.csv'.")
    if (file_type or _ending(str(path))) not in FORMATS:
        raise FileError(
            f"{path} must end in one of {' '.join(f'.{ending}' for ending in FORMATS)};"
            " text and JSON lines may be packed as .gz. Save a workbook as CSV (UTF-8)."
        )
    absolute = glob.escape(str(path)) if path.is_file() else str(path)
    found = connection.execute("select file from glob(?) order by file", [absolute]).fetchall()
    if not found:
        raise FileError(f"There is no file {path}.")
    return absolute, [file for (file,) in found]


def _ending(pattern: str) -> str:
    name = pattern.lower()
    return "" if name.endswith(".parquet.gz") else name.removesuffix(".gz").rpartition(".")[2]


def _open(path: str) -> IO[bytes]:
    return gzip.open(path) if path.lower().endswith(".gz") else Path(path).open("rb")


def _first_lines(path: str) -> list[str]:
    """First lines of a text file, which may start with a byte order mark.

    Raises:
        FileError: the file is empty, or its header is not UTF-8.
    """
    with _open(path) as file:
        data = file.read(FIRST_BYTES)
    if not data:
        raise FileError(f"{path} is empty.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data:
        raise FileError(f"{path} is not UTF-8 but looks like UTF-16. {_convert('UTF-16')}")
    lines = data.split(b"\n")
    if len(data) == FIRST_BYTES and len(lines) > 1:
        lines.pop()
    try:
        lines[0].decode()
    except UnicodeDecodeError as error:
        raise FileError(
            f"The first line of {path} is not UTF-8. {_convert('WINDOWS-1252')}"
        ) from error
    return [line.decode(errors="replace").rstrip("\r") for line in lines if line.strip()]


def _convert(encoding: str) -> str:
    return f"Convert it: iconv -f {encoding} -t UTF-8 FILE > NEW_FILE"


def _cells(line: str, delimiter: str) -> list[str]:
    """Cells of a line: in quotes, where a quote is doubled, or plain and then without blanks."""
    mark = re.escape(delimiter)
    found = re.findall(
        rf'(?:^|{mark}) *(?:"((?:[^"]|"")*)" *(?={mark}|$)|([^{mark}]*))', line, re.DOTALL
    )
    return [quoted.replace('""', '"') or plain.strip() for quoted, plain in found]


def _sniff(lines: list[str]) -> tuple[str | None, str]:
    """Delimiter whose number in the first lines is the most constant, and the evidence."""
    fits = []
    lines = lines[:FIRST_LINES]
    for delimiter, name in DELIMITERS.items():
        width = len(_cells(lines[0], delimiter))
        same = sum(len(_cells(line, delimiter)) == width for line in lines)
        if width > 1:
            fits.append((same, width, delimiter, name))
    if not fits:
        return None, "the first line is one single column"
    fits.sort(reverse=True)
    same, width, delimiter, name = fits[0]
    if len(fits) > 1 and fits[1][:2] == (same, width):
        raise FileError(
            f"The delimiter is not clear: {name} and {fits[1][3]} both give {width} columns. Say"
            " which it is: --set 'delimiter=,'"
        )
    return delimiter, f"{same} of the first {len(lines)} lines have {width} cells by it"


def _load_text(
    connection: duckdb.DuckDBPyConnection,
    paths: list[str],
    delimiter: str | None,
    default_delimiter: str,
    header: bool,
    row_limit: int,
) -> _Loaded:
    loaded = _Loaded()
    first_lines = {path: _first_lines(path) for path in paths}
    for path, lines in first_lines.items():
        if lines[0].startswith("\ufeff"):
            loaded.warnings.append(f"{path} starts with a byte order mark, which is skipped.")
            lines[0] = lines[0].removeprefix("\ufeff")
    if delimiter:
        loaded.delimiter, loaded.why_delimiter = delimiter, "as set"
    else:
        sniffed, loaded.why_delimiter = _sniff(first_lines[paths[0]])
        loaded.delimiter = sniffed or default_delimiter
    headers = {
        path: _header(path, lines[0], loaded.delimiter)
        if header
        else [f"column {i}" for i, _ in enumerate(_cells(lines[0], loaded.delimiter), 1)]
        for path, lines in first_lines.items()
    }
    names = {name: f"c{i}" for i, name in enumerate(_union(headers.values()))}
    loaded.columns = [Column(name, sql) for name, sql in names.items()]
    connection.execute(
        f"create table records ({', '.join(f'{sql} varchar' for sql in names.values())})"
    )
    row_count = 0
    for path, in_file in headers.items():
        missing = [name for name in names if name not in in_file]
        if missing:
            loaded.warnings.append(f"{path} has no column {', '.join(missing)}.")
        ours = [names[name] for name in in_file]
        types = ", ".join(f"{sql}: 'VARCHAR'" for sql in ours)
        connection.execute(
            f"insert into records ({', '.join(ours)}) select {', '.join(ours)} from read_csv("
            f"?, auto_detect = false, header = ?, columns = {{{types}}}, delim = ?,"
            " quote = '\"', escape = '\"', ignore_errors = true, store_rejects = true) limit ?",
            [[glob.escape(path)], header, loaded.delimiter, row_limit + 1 - row_count],
        )
        (row_count,) = connection.execute("select count(*) from records").fetchone()
    loaded.warnings += _malformed_lines(connection)
    return loaded


def _header(path: str, line: str, delimiter: str) -> list[str]:
    """Names of the columns of one text file; a column without one is called by its place.

    Raises:
        FileError: the first line is no header, or names a column twice.
    """
    cells = _cells(line, delimiter)
    if sum(bool(NO_NAME.fullmatch(cell)) for cell in cells) * 2 > len(cells):
        raise FileError(
            f"The first line of {path} must name the columns, but looks like data: {line[:80]}"
        )
    return _unique(path, [cell or f"column {i}" for i, cell in enumerate(cells, 1)])


def _unique(path: str, names: list[str]) -> list[str]:
    twice = {name for name in names if [n.casefold() for n in names].count(name.casefold()) > 1}
    if twice:
        raise FileError(f"{path} names a column twice: {', '.join(sorted(twice))}. Rename one.")
    return names


def _union(headers: Iterable[list[str]]) -> list[str]:
    return list(dict.fromkeys(name for header in headers for name in header))


def _malformed_lines(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """What the reader could not parse, a sentence for each kind."""
    counts = connection.execute(
        """
        select
            error_type = 'INVALID ENCODING' as is_encoding,
            count(distinct (file_id, line)),
            min(line)
        from reject_errors
        group by all
        order by all
        """
    ).fetchall()
    return [
        f"{counted(count, 'line')} with bytes that are not UTF-8, first line {line:,}, will be"
        f" rejected. {_convert('WINDOWS-1252')}"
        if is_encoding
        else f"{counted(count, 'line')} with more or fewer cells than the header or with an open"
        f" quote, first line {line:,}, will be rejected."
        for is_encoding, count, line in counts
    ]


def _load_parquet(
    connection: duckdb.DuckDBPyConnection, paths: list[str], row_limit: int
) -> _Loaded:
    escaped = [glob.escape(path) for path in paths]
    described = connection.execute(
        "select column_name, column_type from"
        " (describe select * from read_parquet(?, union_by_name = true))",
        [escaped],
    ).fetchall()
    loaded = _Loaded(
        columns=[Column(name, f"c{i}", type_) for i, (name, type_) in enumerate(described)]
    )
    wanted = ", ".join(f"{sql_name(column.name)} as {column.sql}" for column in loaded.columns)
    connection.execute(
        "create table records as"
        f" select {wanted} from read_parquet(?, union_by_name = true) limit ?",
        [escaped, row_limit + 1],
    )
    return loaded


def _load_json(connection: duckdb.DuckDBPyConnection, paths: list[str], row_limit: int) -> _Loaded:
    loaded = _Loaded()
    pointers: dict[str, str] = {}
    for path in paths:
        for pointer, name in _json_columns(path):
            pointers.setdefault(pointer, name)
    _unique(paths[0], list(pointers.values()))
    loaded.columns = [Column(name, f"c{i}") for i, name in enumerate(pointers.values())]
    cells = ", ".join(f"cells[{i + 1}] as c{i}" for i in range(len(pointers)))
    connection.execute(
        f"""
        create table records as
        select {cells}, cells is not null as is_object from (
            select
                case
                    when not json_valid(line) then null
                    when json_type(line) = 'OBJECT' then json_extract_string(line, ?)
                end as cells
            from read_csv(
                ?, auto_detect = false, header = false, columns = {{'line': 'VARCHAR'}},
                delim = chr(1), quote = '', escape = '', strict_mode = false,
                ignore_errors = true, store_rejects = true
            )
            where trim(line) <> ''
            limit ?
        )
        """,
        [list(pointers), [glob.escape(path) for path in paths], row_limit + 1],
    )
    deleted = connection.execute("delete from records where not is_object returning 1").fetchall()
    connection.execute("alter table records drop is_object")
    if deleted:
        loaded.warnings.append(
            f"{counted(len(deleted), 'line')} without a JSON object will be rejected."
        )
    loaded.warnings += _malformed_lines(connection)
    return loaded


def _json_columns(path: str) -> Iterator[tuple[str, str]]:
    """JSON pointer and name of each column in the first objects of a file.

    Raises:
        FileError: the file holds no JSON lines.
    """
    object_count = 0
    with _open(path) as file:
        for line in file:
            if line.lstrip().startswith(b"[") and object_count == 0:
                raise FileError(
                    f"{path} is one JSON array, not one object per line. Convert it:"
                    " jq -c '.[]' FILE > NEW_FILE.jsonl"
                )
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                object_count += 1
                yield from _leaves(record)
            if object_count == FIRST_OBJECTS:
                return
    if object_count == 0:
        raise FileError(f"{path} has no line that is a JSON object.")


def _leaves(record: dict[str, Any], parent: str = "") -> Iterator[tuple[str, str]]:
    for key, value in record.items():
        pointer = f"{parent}/{key.replace('~', '~0').replace('/', '~1')}"
        if isinstance(value, dict):
            yield from _leaves(value, pointer)
        else:
            yield pointer, pointer if parent else key
