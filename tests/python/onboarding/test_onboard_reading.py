"""Files as they come: delimiters, encodings, broken lines, names with anything in them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import duckdb
import pytest

from customer_segments.onboarding import reading
from customer_segments.onboarding.reading import FileError, Source, open_source

Connection = duckdb.DuckDBPyConnection


def write(folder: Path, content: str | bytes, name: str = "shop.csv") -> str:
    data = content.encode() if isinstance(content, str) else content
    path = folder / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return str(path)


def names(source: Source) -> list[str]:
    return [column.name for column in source.columns]


@pytest.mark.parametrize(
    ("content", "name", "delimiter"),
    [
        ("a;b\n1,5;2\n1,5;2\n", "shop.csv", ";"),
        ("a\tb\n1;5\t2\n", "shop.txt", "\t"),
        ("a|b|c\n1|2|3\n", "shop.csv.gz", "|"),
        ('a,b;c\n"1,5",2\n', "shop.csv", ","),
        ("a\n1\n", "shop.csv", ","),
    ],
)
def test_the_delimiter_is_the_most_constant_one(
    connection: Connection, tmp_path: Path, content: str, name: str, delimiter: str
) -> None:
    assert open_source(connection, write(tmp_path, content, name)).delimiter == delimiter


def test_two_delimiters_that_fit_alike_are_an_error_with_the_way_out(
    connection: Connection, tmp_path: Path
) -> None:
    path = write(tmp_path, "a,b;c\n1,2;3\n")
    with pytest.raises(FileError, match="--set 'delimiter="):
        open_source(connection, path)
    assert names(open_source(connection, path, ";")) == ["a,b", "c"]


def test_a_byte_order_mark_is_no_part_of_the_first_name(
    connection: Connection, tmp_path: Path
) -> None:
    source = open_source(connection, write(tmp_path, b'\xef\xbb\xbf"a",b\n1,2\n'))
    assert names(source) == ["a", "b"]
    assert "byte order mark" in source.warnings[0]
    assert connection.execute("from records").fetchall() == [("1", "2")]


def test_lines_that_cannot_be_read_are_counted(connection: Connection, tmp_path: Path) -> None:
    source = open_source(connection, write(tmp_path, b"a,b\n1,2\n1,2,3\n1\nK\xf6ln,2\n"))
    assert source.row_count == 1
    cells, encoding = source.warnings
    assert cells.startswith("2 lines with more or fewer cells") and "first line 3" in cells
    assert encoding.startswith("1 line with bytes") and "iconv" in encoding


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        ("a,b\n1,2\n".encode("utf-16"), "shop.csv", "UTF-16.*iconv"),
        ("Stadt,Größe\n1,2\n".encode("latin-1"), "shop.csv", "not UTF-8.*iconv"),
        ("", "shop.csv", "is empty"),
        ("a,b\n", "shop.csv", "no rows"),
        ("a,b,A\n1,2,3\n", "shop.csv", "names a column twice: A, a"),
        ("7,2020-01-01,12.50,Bonn\n8,2020-01-01,1.50,Bonn\n", "shop.csv", "looks like data: 7,"),
        ("[{}]", "shop.json", "one JSON array.*jq"),
        ("hello\n", "shop.jsonl", "no line that is a JSON object"),
        ("a,b\n1,2\n", "shop.xlsx", "must end in one of .csv"),
        ("not Parquet", "shop.parquet", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(
    connection: Connection, tmp_path: Path, content: str | bytes, name: str, message: str
) -> None:
    with pytest.raises(FileError, match=message):
        open_source(connection, write(tmp_path, content, name))


def test_a_missing_file_and_a_folder_are_errors(connection: Connection, tmp_path: Path) -> None:
    with pytest.raises(FileError, match="There is no file"):
        open_source(connection, str(tmp_path / "nothing.csv"))
    with pytest.raises(FileError, match="is a folder"):
        open_source(connection, str(tmp_path))


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_names_of_columns_and_files_are_never_part_of_a_query(
    connection: Connection, tmp_path: Path, ending: str
) -> None:
    odd = '"; drop table records; --'
    path = tmp_path / f"{odd} it's [1].{ending}"
    if ending == "csv":
        path.write_text('"""; drop table records; --"," \'b\'"\n1,2\n')
    elif ending == "jsonl":
        path.write_text(json.dumps({odd: 1, " 'b'": 2}))
    else:
        quoted = odd.replace('"', '""')
        connection.sql(f'select 1 as "{quoted}", 2 as " \'b\'"').write_parquet(str(path))
    source = open_source(connection, str(path))
    assert names(source) == [odd, " 'b'"]
    assert [tuple(map(str, row)) for row in connection.execute("from records").fetchall()] == [
        ("1", "2")
    ]
    assert connection.execute("select file from glob(?)", [source.pattern]).fetchall() == [
        (str(path),)
    ]


def test_files_of_a_pattern_are_read_by_the_names_of_their_columns(
    connection: Connection, tmp_path: Path
) -> None:
    write(tmp_path, "a,b\n1,2\n", "shop_1.csv")
    write(tmp_path, "b,c\n3,4\n", "shop_2.csv")
    source = open_source(connection, str(tmp_path / "shop_*.csv"))
    assert names(source) == ["a", "b", "c"]
    assert connection.execute("from records").fetchall() == [("1", "2", None), (None, "3", "4")]
    assert "shop_1.csv has no column c." in source.warnings[0]


def test_a_long_file_is_cut_and_says_so(
    connection: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ROW_LIMIT", 2)
    whole = open_source(connection, write(tmp_path, "a,b\n1,2\n3,4\n"))
    assert (whole.row_count, whole.is_cut) == (2, False)
    connection.execute("drop table records")
    cut = open_source(connection, write(tmp_path, "a,b\n1,2\n3,4\n5,6\n"))
    assert (cut.row_count, cut.is_cut) == (2, True)
    assert connection.execute("from records").fetchall() == [("1", "2"), ("3", "4")]


def test_nested_json_has_a_pointer_for_each_value(connection: Connection, tmp_path: Path) -> None:
    lines = '{"a": {"b/c": {"d": 1}}, "e": [2]}\n\n[3]\nnot JSON\n{"f": null}\n'
    source = open_source(connection, write(tmp_path, lines, "shop.jsonl.gz"))
    assert names(source) == ["/a/b~1c/d", "e", "f"]
    assert connection.execute("from records").fetchall() == [("1", "[2]", None), (None,) * 3]
    assert source.warnings == ("2 lines without a JSON object will be rejected.",)


def test_parquet_keeps_its_types(connection: Connection, tmp_path: Path) -> None:
    path = tmp_path / "shop.parquet"
    connection.sql("select 1.5::double as a, date '2020-01-01' as b, 'x' as c").write_parquet(
        str(path)
    )
    number, day, text = open_source(connection, str(path)).columns
    assert number.is_number and day.is_time and text.is_text
