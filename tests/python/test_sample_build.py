"""The sample build: every raw record is accounted for, and each source system stands alone."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import datetime, timedelta
from functools import cache

import pytest
from builds import SAMPLE, Builder, Warehouse, raw_files, read_bytes, same

SYSTEMS = {
    "online_retail": "online_retail",
    "global_superstore": "superstore",
    "berka": "bank",
    "credit_card": "credit_card",
    "avito": "ad_clicks",
}

Records = tuple[dict[str, str], ...]


@cache
def records(name: str) -> Records:
    """Return the records of one sample file, or of several whose names begin alike."""
    found: list[dict[str, str]] = []
    for path in raw_files(SAMPLE):
        if path.as_posix().startswith(name):
            text = read_bytes(SAMPLE / path).decode("utf-8")
            delimiter = {"avito": "\t", "berka": ";"}.get(path.parts[0], ",")
            found += csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    assert found, name
    return tuple(found)


def test_the_build_is_whole_and_warns_of_nothing(sample: Warehouse) -> None:
    assert " WARN=0 ERROR=0 SKIP=0 " in sample.output
    assert "[WARNING]" not in sample.output
    status = sample.one("select state, is_mixed, failed_count from marts.build_status")
    assert status == ("complete", False, 0)


def test_every_record_of_every_file_is_counted_and_none_is_lost(sample: Warehouse) -> None:
    expected: Counter[tuple[str, str]] = Counter()
    for path in raw_files(SAMPLE):
        table = path.name.split(".")[0]
        table = "trans" if table.startswith("trans_") else table
        expected[SYSTEMS[path.parts[0]], table] += len(records(path.as_posix()))
    totals = sample.query(
        "select source_system, source_table, raw_total from marts.control_totals"
        " where measure = 'rows'"
    )
    assert {(system, table): total for system, table, total in totals} == dict(expected)

    lost = sample.query(
        "select * from marts.control_totals"
        " where difference <> 0 or raw_total <> used + guest + after_as_of + rejected"
    )
    assert lost == []


def test_rejected_rows_are_the_rejected_part_of_the_control_totals(sample: Warehouse) -> None:
    rejected = sample.query(
        "select source_system, source_table, count(*) from marts.rejected_rows"
        " group by all order by all"
    )
    counted = sample.query(
        "select source_system, source_table, rejected from marts.control_totals"
        " where measure = 'rows' and rejected > 0 order by all"
    )
    assert rejected == counted


def test_the_as_of_date_is_the_day_after_the_last_event(sample: Warehouse) -> None:
    def last(name: str, column: str, *formats: str) -> str:
        dates = []
        for record in records(name):
            for form in formats:
                try:
                    dates.append(datetime.strptime(record[column], form))
                except ValueError:
                    continue
        assert len(dates) == len(records(name))
        return (max(dates).date() + timedelta(days=1)).isoformat()

    expected = {
        "online_retail": last("online_retail/", "InvoiceDate", "%Y-%m-%d %H:%M:%S"),
        "superstore": last("global_superstore/", "Order Date", "%d/%m/%Y", "%d-%m-%Y"),
        "bank": last("berka/trans", "date", "%y%m%d"),
        "ad_clicks": last("avito/SearchInfo", "SearchDate", "%Y-%m-%d %H:%M:%S.%f"),
    }
    found = sample.query(
        "select source_system, strftime(as_of_date, '%Y-%m-%d') from marts.customers"
        " where as_of_date is not null group by all"
    )
    assert sorted(found) == sorted(expected.items())


def test_ad_clicks_are_counted_per_user(sample: Warehouse) -> None:
    # A search id can stand twice; its ads belong to the earliest search. No user: a guest. An ad
    # of an unknown search is a guest's.
    searches = records("avito/SearchInfo")
    sessions = Counter(search["UserID"] for search in searches if search["UserID"])
    user_of: dict[str, str] = {}
    for search in sorted(searches, key=lambda search: search["SearchDate"][:10], reverse=True):
        user_of[search["SearchID"]] = search["UserID"]
    impressions: Counter[str] = Counter()
    clicks: Counter[str] = Counter()
    for shown in records("avito/trainSearchStream"):
        user = user_of.get(shown["SearchID"], "")
        impressions[user] += 1
        clicks[user] += shown["IsClick"] == "1"
    # The cases this is about do occur.
    assert len(user_of) < len(searches)
    assert any(shown["SearchID"] not in user_of for shown in records("avito/trainSearchStream"))
    assert impressions[""] > 0

    found = sample.query(
        "select customer_id, session_count, impression_count, click_count"
        " from marts.customer_engagement where source_system = 'ad_clicks'"
    )
    assert {row[0]: row[1:] for row in found} == {
        user: (count, impressions[user], clicks[user]) for user, count in sessions.items()
    }
    totals = sample.query(
        "select source_table, measure, used, guest from marts.control_totals"
        " where source_system = 'ad_clicks' order by all"
    )
    guests = [search for search in searches if not search["UserID"]]
    assert totals == [
        ("SearchInfo", "rows", sessions.total(), len(guests)),
        ("trainSearchStream", "clicks", clicks.total() - clicks[""], clicks[""]),
        ("trainSearchStream", "rows", impressions.total() - impressions[""], impressions[""]),
    ]


@pytest.mark.parametrize("system", SYSTEMS.values())
def test_each_system_alone_builds_and_gives_the_same_rows(
    build: Builder, sample: Warehouse, system: str
) -> None:
    # A relative DATA_DIR is relative to the project, wherever dbt is started.
    # Unit tests name no system's models but those of its own folder; one system shows that.
    tests = "all" if system == "superstore" else "data"
    alone = build(f"alone/{system}", data_dir="sample_data/", source_systems=system, tests=tests)
    assert " ERROR=0 SKIP=0 " in alone.output
    assert alone.tables == sample.tables
    same(alone.marts(), sample.marts(where=f"source_system = '{system}'"))
    staged = alone.query(
        "select distinct split_part(table_name, '__', 1) from information_schema.tables"
        " where table_schema = 'staging'"
    )
    assert staged == [(f"stg_{system}",)]
