"""What must not change a public table: row order, threads, file format, file layout, the future."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import duckdb
from builds import (
    AS_OF,
    AS_OF_SETTING,
    SAMPLE,
    Builder,
    Warehouse,
    raw_files,
    read_bytes,
    rewrite,
    same,
    shuffled,
    write_bytes,
)


def test_the_order_of_rows_and_the_number_of_threads_change_nothing(
    build: Builder, sample: Warehouse, tmp_path: Path
) -> None:
    data = rewrite(SAMPLE, tmp_path / "it's shuffled", shuffled)
    threads = {"DBT_THREADS": "4", "DUCKDB_THREADS": "1"}
    again = build("shuffled", data_dir=data, env=threads, lineage=True)
    assert "Concurrency: 4 threads" in again.output
    same(again.marts(), sample.marts())
    lineage = "from marts.attribute_lineage order by all"
    same({"lineage": again.query(lineage)}, {"lineage": sample.query(lineage)})


def test_parquet_gives_the_same_tables_as_text(
    build: Builder, sample: Warehouse, tmp_path: Path
) -> None:
    types = {
        "SearchInfo": {
            "SearchDate": "timestamp",
            "SearchQuery": "varchar",
            "SearchParams": "varchar",
        },
        "trainSearchStream": {"HistCTR": "double"},
    }
    for path in raw_files(SAMPLE):
        delimiter = {"avito": "\t", "berka": ";"}.get(path.parts[0], ",")
        stem = path.name.split(".")[0]
        columns = "*"
        if path.parts[0] == "avito":
            header = read_bytes(SAMPLE / path).decode().split("\n", 1)[0].split("\t")
            columns = ", ".join(
                f'cast("{name}" as {types[stem].get(name, "bigint")}) as "{name}"'
                for name in header
            )
        target = tmp_path / path.parent / f"{stem}.parquet"
        target.parent.mkdir(exist_ok=True)
        duckdb.execute(
            f"copy (select {columns} from read_csv(?, all_varchar = true, header = true,"
            f" delim = '{delimiter}', quote = '\"')) to '{target}' (format parquet)",
            [str(SAMPLE / path)],
        )
    formats = dict.fromkeys(["online_retail", "superstore", "bank", "credit_card"], "parquet")
    again = build(
        "parquet",
        data_dir=tmp_path,
        variables={"raw_format": formats | {"ad_clicks": "parquet"}},
        tests="all",
    )
    same(again.marts(without=["source_file"]), sample.marts(without=["source_file"]))


def test_a_table_in_several_files_is_the_same_table_whatever_the_threads(
    build: Builder, sample: Warehouse, tmp_path: Path
) -> None:
    # The second half of each file is packed the other way and has its columns in another order.
    for path in raw_files(SAMPLE):
        data = read_bytes(SAMPLE / path)
        delimiter = {"avito": "\t", "berka": ";"}.get(path.parts[0], ",")
        header, *records = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter)
        middle = len(records) // 2
        stem = path.name.split(".")[0]
        ending = ".tsv" if delimiter == "\t" else ".csv"
        halves = {
            f"{stem}_1{ending}.gz": [header, *records[:middle]],
            f"{stem}_2{ending}": [row[::-1] for row in [header, *records[middle:]]],
        }
        for name, rows in halves.items():
            text = io.StringIO(newline="")
            csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
            write_bytes(tmp_path / path.parent / name, text.getvalue().encode())
    threads = {"DBT_THREADS": "1", "DUCKDB_THREADS": "4"}
    again = build("several_files", data_dir=tmp_path, env=threads, tests="data")
    same(again.marts(without=["source_file"]), sample.marts(without=["source_file"]))


def test_without_impressions_clicks_are_the_same_and_impressions_unknown(
    build: Builder, sample: Warehouse
) -> None:
    clicks_only = build(
        "clicks_only",
        source_systems="ad_clicks",
        variables={"impressions": False},
        tests="data",
    )
    unknown = ["impression_count", "click_through_rate"]
    tables = ["customers", "customer_engagement", "customer_scores", "customer_grid_segments"]
    found, expected = (
        {
            table: rows
            for table, rows in warehouse.marts(unknown, of_ad_clicks).items()
            if table in tables
        }
        for warehouse, of_ad_clicks in [
            (clicks_only, "true"),
            (sample, "source_system = 'ad_clicks'"),
        ]
    )
    same(found, expected)
    for table in ["customers", "customer_engagement"]:
        assert clicks_only.query(f"select distinct {', '.join(unknown)} from marts.{table}") == [
            (None, None)
        ]


# --- Point in time --------------------------------------------------------------------------------


def retail_date(line: bytes) -> date:
    found = re.search(rb",(\d{4}-\d{2}-\d{2}) \d{2}:\d{2}:\d{2},", line)
    assert found, line
    return date.fromisoformat(found[1].decode())


def superstore_date(line: bytes) -> date:
    text = line.decode().split(",")[2]
    return datetime.strptime(text, "%d-%m-%Y" if "-" in text else "%d/%m/%Y").date()


def bank_date(column: int) -> Callable[[bytes], date]:
    def parse(line: bytes) -> date:
        return datetime.strptime(line.decode().split(";")[column].strip('"')[:6], "%y%m%d").date()

    return parse


def search_date(line: bytes) -> date:
    return date.fromisoformat(line.decode().split("\t")[1][:10])


DATED_FILES: dict[str, tuple[str, Callable[[bytes], date]]] = {
    "online_retail/online_retail": ("online_retail", retail_date),
    "global_superstore/": ("superstore", superstore_date),
    "berka/trans": ("bank", bank_date(2)),
    "berka/account": ("bank", bank_date(3)),
    "berka/loan": ("bank", bank_date(2)),
    "berka/card": ("bank", bank_date(3)),
    "avito/SearchInfo": ("ad_clicks", search_date),
}


def without_the_future(name: str, lines: list[bytes]) -> list[bytes]:
    """Leave out what happened on or after the as-of date; an ad is shown when its search is."""
    header, *records = lines
    if name.startswith("avito/trainSearchStream"):
        later = later_searches()
        return [header, *(line for line in records if line.split(b"\t")[0] not in later)]
    for beginning, (system, date_of) in DATED_FILES.items():
        if name.startswith(beginning):
            return [header, *(line for line in records if date_of(line) < AS_OF[system])]
    return lines


def later_searches() -> set[bytes]:
    (path,) = SAMPLE.glob("avito/SearchInfo*")
    first: dict[bytes, date] = {}
    for line in read_bytes(path).removesuffix(b"\n").split(b"\n")[1:]:
        search_id = line.split(b"\t")[0]
        first[search_id] = min(first.get(search_id, date.max), search_date(line))
    return {search_id for search_id, day in first.items() if day >= AS_OF["ad_clicks"]}


def test_the_future_changes_nothing(build: Builder, past: Warehouse, tmp_path: Path) -> None:
    data = rewrite(SAMPLE, tmp_path, without_the_future)
    not_yet = build("no_future", data_dir=data, as_of_date=AS_OF_SETTING, tests="data")

    of_past, of_not_yet = past.marts(), not_yet.marts()
    totals, totals_not_yet = of_past.pop("control_totals"), of_not_yet.pop("control_totals")
    rejected, rejected_not_yet = of_past.pop("rejected_rows"), of_not_yet.pop("rejected_rows")
    same(of_not_yet, of_past)
    assert {row[2] for row in of_past["customer_recency"]} == set(AS_OF.values())

    # A row that cannot be used is rejected whatever its date, so those of the future are still
    # missing; all others are the same.
    future = set(rejected) - set(rejected_not_yet)
    assert set(rejected_not_yet) <= set(rejected)
    columns = past.tables["rejected_rows"]
    assert future
    for row in future:
        raw = json.loads(row[columns.index("raw_row")])
        assert date.fromisoformat(raw["InvoiceDate"][:10]) >= AS_OF["online_retail"]

    # Rows and money that were used, or nobody's, are the same; nothing is after the as-of date yet.
    parts = past.tables["control_totals"]
    by_key = {row[:3]: dict(zip(parts, row, strict=True)) for row in totals}
    by_key_not_yet = {row[:3]: dict(zip(parts, row, strict=True)) for row in totals_not_yet}
    assert by_key.keys() == by_key_not_yet.keys()
    for key, part in by_key.items():
        part_not_yet = by_key_not_yet[key]
        assert part_not_yet["after_as_of"] == 0
        assert part["difference"] == part_not_yet["difference"] == 0
        assert (part["used"], part["guest"]) == (part_not_yet["used"], part_not_yet["guest"])
        rejected_later = part["rejected"] - part_not_yet["rejected"]
        assert part["raw_total"] - part_not_yet["raw_total"] == part["after_as_of"] + rejected_later
        if key == ("online_retail", "online_retail", "rows"):
            assert rejected_later == len(future)
        elif key[0] != "online_retail":
            assert rejected_later == 0
    dated = {
        ("online_retail", "online_retail"),
        ("superstore", "global_superstore"),
        ("bank", "trans"),
        ("bank", "account"),
        ("bank", "loan"),
        ("bank", "card"),
        ("ad_clicks", "SearchInfo"),
        ("ad_clicks", "trainSearchStream"),
    }
    assert {key[:2] for key, part in by_key.items() if part["after_as_of"] > 0} == dated


def test_a_later_row_with_the_same_id_changes_nothing(
    build: Builder, past: Warehouse, tmp_path: Path
) -> None:
    # The later copy comes first in the alphabet, so that only its date can put it last.
    def with_later_copies(name: str, lines: list[bytes]) -> list[bytes]:
        column = {"berka/trans": 2, "berka/account": 3, "berka/loan": 2, "berka/card": 3}
        for beginning, date_column in column.items():
            if name.startswith(beginning):
                cells = lines[1].rstrip(b"\r").split(b";")
                cells[1] = b"0"
                cells[date_column] = cells[date_column].replace(cells[date_column][:2], b"95", 1)
                return [*lines, b";".join(cells) + b"\r"]
        if name.startswith("global_superstore/"):
            cells = lines[1].split(b",")
            cells[1:4] = [b"A-1", b"1/1/2014", b"1/1/2014"]
            return [*lines, b",".join(cells)]
        return lines

    data = rewrite(SAMPLE, tmp_path, with_later_copies)
    built = build(
        "later_copies", data_dir=data, source_systems="superstore,bank", as_of_date=AS_OF_SETTING
    )
    assert built.query(
        "select source_table, rejection_reason, count(*) from marts.rejected_rows"
        " group by all order by all"
    ) == [
        ("account", "duplicate_id", 1),
        ("card", "duplicate_id", 1),
        ("global_superstore", "duplicate_id", 1),
        ("loan", "duplicate_id", 1),
        ("trans", "duplicate_id", 2),
    ]
    quality = {"rejected_rows", "control_totals"}
    found, expected = built.marts(), past.marts(where="source_system in ('superstore', 'bank')")
    same(
        {table: rows for table, rows in found.items() if table not in quality},
        {table: rows for table, rows in expected.items() if table not in quality},
    )
