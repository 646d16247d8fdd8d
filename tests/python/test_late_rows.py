"""Var late_days: new days only, and yet what a full build makes; published months that change."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
import zlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from builds import SAMPLE, Builder, Warehouse, rewrite, same
from custom.custom_data import SALES, VISITS, Entry, csv_lines, sales, visits

MARTS = (
    "+customer_recency +customer_frequency +customer_monetary +customer_engagement"
    " +customer_scores +control_totals +rejected_rows +restatements"
)
LATE_DAYS = 4

# Only tests whose tables are all built.
TESTS = {"DBT_INDIRECT_SELECTION": "cautious"}
RETAIL = "online_retail/online_retail.csv.gz"

# What a full build of the same files must equal, in the order of their columns.
UPDATED = ("int_customer_days", "int_order_lines")


def content(warehouse: Warehouse, tables: tuple[str, ...] = UPDATED) -> dict[str, Any]:
    """The tables that are brought up to date, and the public ones; not what they were before."""
    found = {table: warehouse.query(f"from intermediate.{table} order by all") for table in tables}
    marts = warehouse.marts()
    del marts["restatements"]
    return found | marts


def restated(warehouse: Warehouse) -> list[tuple[str, date]]:
    return warehouse.query(
        "select distinct source_system, activity_month from marts.restatements order by all"
    )


def replaced_from(warehouse: Warehouse) -> dict[str, date | None]:
    """What the last build replaced of each source system; None: all of it."""
    return dict(
        warehouse.query(
            "select source_system, replaced_from from operations.updates where build_id ="
            " (select max_by(build_id, started_at) from operations.builds)"
        )
    )


def fate(text: str) -> str | None:
    """What becomes of a row in the last days of a batch; the same on every call."""
    return {0: "late", 1: "corrected", 2: "removed"}.get(zlib.crc32(text.encode()) % 12)


def seen(rows: list[Any], last_day: date, day: Callable[[Any], date | None]) -> list[Any]:
    """The rows that a batch up to `last_day` holds, with those marked that it has otherwise.

    Of the last days some rows are not there yet, some are still to be corrected, and some are there
    that are removed afterwards.
    """
    found = []
    for row in rows:
        dated = day(row)
        if dated is not None and dated > last_day:
            continue
        is_open = dated is not None and dated > last_day - timedelta(days=LATE_DAYS)
        what = fate(str(row))
        if (what == "late" and is_open) or (what == "removed" and not is_open):
            continue
        found.append((row, what == "corrected" and is_open))
    return found


# --- Online Retail --------------------------------------------------------------------------------


def retail_day(line: bytes) -> date | None:
    found = re.search(rb",(\d{4}-\d\d-\d\d) \d\d:\d\d", line)
    return date.fromisoformat(found[1].decode()) if found else None


def write_retail(source: Path, target: Path, last_day: date) -> None:
    """Write the invoice lines up to a day; a corrected line still has another quantity."""

    def change(_: str, lines: list[bytes]) -> list[bytes]:
        header, *rows = lines
        batch = seen(rows, last_day, retail_day)
        return [header] + [
            re.sub(rb",(-?)(\d+),(\d{4}-)", rb",\g<1>1\g<2>,\g<3>", row) if is_other else row
            for row, is_other in batch
        ]

    rewrite(source, target, change, [Path(RETAIL)])


@pytest.mark.real
def test_online_retail_in_batches_is_what_a_full_build_makes(
    build: Builder, real_data: Path, tmp_path: Path
) -> None:
    days = [date(2011, 3, 31), date(2011, 8, 31), date(2011, 11, 15), date(2011, 12, 9)]
    arguments = {
        "data_dir": tmp_path,
        "env": TESTS,
        "source_systems": "online_retail",
        "select": MARTS,
        "variables": {"late_days": LATE_DAYS},
    }
    for number, day in enumerate(days):
        write_retail(real_data, tmp_path, day)
        last = number == len(days) - 1
        batches = build("retail_batches", tests="data" if last else "none", **arguments)
        expected = days[number - 1] - timedelta(days=LATE_DAYS) if number else None
        assert replaced_from(batches) == {"online_retail": expected}
    whole = build("retail_whole", **arguments)

    assert (
        whole.one("select count(distinct activity_date) from intermediate.int_customer_days") == 305
    )
    same(content(batches), content(whole))
    # November was not over when its last days were open.
    assert restated(batches) == [
        ("online_retail", date(2011, 3, 1)),
        ("online_retail", date(2011, 8, 1)),
    ]
    assert restated(whole) == []


# --- Every kind of source system ------------------------------------------------------------------

SYSTEMS = "online_retail,superstore,bank,ad_clicks,shop,till,web"
LAST_DAYS = [
    {
        "online_retail": date(2011, 10, 31),
        "bank": date(1995, 10, 31),
        "ad_clicks": date(2015, 5, 12),
        "custom": date(2023, 9, 30),
    },
    {
        "online_retail": date(2011, 11, 20),
        "bank": date(1995, 11, 20),
        "ad_clicks": date(2015, 5, 16),
        "custom": date(2023, 11, 20),
    },
    {
        "online_retail": date(2011, 12, 9),
        "bank": date(1995, 12, 31),
        "ad_clicks": date(2015, 5, 20),
        "custom": date(2023, 12, 31),
    },
]


def posting_day(line: bytes) -> date | None:
    return datetime.strptime("19" + line.split(b";")[2].decode(), "%Y%m%d").date()


def search_day(line: bytes) -> date | None:
    found = re.search(rb"\t(\d{4}-\d\d-\d\d) ", line)
    return date.fromisoformat(found[1].decode()) if found else None


def write_sample(target: Path, days: dict[str, date]) -> None:
    """Write the sample up to a day of each system; a corrected row still has another amount.

    Of the ads shown, all are there from the start: those of searches that come later have no user
    until then.
    """

    def change(name: str, lines: list[bytes]) -> list[bytes]:
        header, *rows = lines
        if name.startswith("berka/trans"):
            batch = seen(rows, days["bank"], posting_day)
            rows = [row.replace(b".", b"1.", 1) if other else row for row, other in batch]
        elif name.startswith("avito/SearchInfo"):
            rows = [row for row, _ in seen(rows, days["ad_clicks"], search_day)]
        return [header, *rows]

    rewrite(SAMPLE, target, change)
    write_retail(SAMPLE, target, days["online_retail"])


def write_parquet(path: Path, rows: list[Entry], zone: str | None = None) -> None:
    """Write rows in groups of 100, ordered by time."""
    rows = sorted(rows, key=lambda row: row["at"])
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    if zone:
        index = table.column_names.index("at")
        table = table.set_column(index, "at", table["at"].cast(pa.timestamp("us", zone)))
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, row_group_size=100)


def write_custom(target: Path, last_day: date) -> None:
    """Write three businesses: orders and visits in Parquet, orders with line ids, visits in CSV."""
    sold = [{"line": number % 580} | row for number, row in enumerate(sales())]
    looked = [{"number": number} | row for number, row in enumerate(visits())]

    def batch(rows: list[Entry]) -> list[Entry]:
        return [
            row | ({"total": row["total"] + 1} if other and row.get("total") else {})
            for row, other in seen(rows, last_day, lambda row: row["at"].date())
        ]

    write_parquet(target / "shop" / "orders.parquet", batch(sold))
    write_parquet(target / "shop" / "visits.parquet", batch(looked), "UTC")
    write_parquet(target / "till" / "orders.parquet", batch(sold))
    (target / "web").mkdir(exist_ok=True)
    # The first pages are named in November: until then it is a business without items.
    named = datetime(2023, 11, 1)
    lines = csv_lines(
        [row | ({"page": None} if row["at"] < named else {}) for row in batch(looked)]
    )
    (target / "web" / "visits.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


CUSTOM = {
    "custom_orders": [
        {"source_system": "shop", "files": "shop/orders.parquet", "columns": SALES},
        {
            "source_system": "till",
            "files": "till/orders.parquet",
            "columns": SALES | {"line_id": "line"},
        },
    ],
    "custom_interactions": [
        {
            "source_system": "shop",
            "files": "shop/visits.parquet",
            "columns": VISITS,
            "time_zone": "Europe/Berlin",
            "click_types": ["click"],
            "impression_types": ["view"],
        },
        {
            "source_system": "web",
            "files": "web/visits.csv",
            "columns": {name: column for name, column in VISITS.items() if name != "session_id"},
        },
    ],
}


def arguments(folder: Path, **variables: Any) -> dict[str, Any]:
    return {
        "data_dir": folder,
        "env": TESTS,
        "source_systems": SYSTEMS,
        "select": MARTS,
        "variables": {"late_days": LATE_DAYS} | CUSTOM | variables,
    }


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("raw")


@pytest.fixture(scope="module")
def batches(build: Builder, raw: Path) -> Warehouse:
    """Every kind of source system, built in three batches, all data tests after the last."""
    for number, days in enumerate(LAST_DAYS):
        write_sample(raw, days)
        write_custom(raw, days["custom"])
        last = number == len(LAST_DAYS) - 1
        made = build("batches", tests="data" if last else "none", **arguments(raw))
    return made


@pytest.fixture(scope="module")
def whole(build: Builder, raw: Path, batches: Warehouse) -> Warehouse:
    """The files of the last batch, built at once."""
    return build("whole", **arguments(raw))


def test_every_kind_of_system_in_batches_is_what_a_full_build_makes(
    batches: Warehouse, whole: Warehouse
) -> None:
    replaced = replaced_from(batches)
    assert {system for system, day in replaced.items() if day is None} == {"superstore"}
    assert replaced["bank"] == LAST_DAYS[1]["bank"] - timedelta(days=LATE_DAYS)
    tables = (*UPDATED, "int_ad_clicks_stream")
    same(content(batches, tables), content(whole, tables))
    for table in ("stg_custom__orders", "stg_custom__interactions"):
        rows = f"from staging.{table} order by all"
        assert batches.query(rows) == whole.query(rows)


def test_restatements_are_the_months_whose_last_days_were_open(
    batches: Warehouse, whole: Warehouse
) -> None:
    assert restated(batches) == [
        ("bank", date(1995, 10, 1)),
        ("online_retail", date(2011, 10, 1)),
        ("shop", date(2023, 9, 1)),
        ("till", date(2023, 9, 1)),
        ("web", date(2023, 9, 1)),
    ]
    assert restated(whole) == []
    # Before, after, and what a full build knows of the month.
    found = batches.one(
        "select rows_after, customers_after, orders_after, net_amount_after,"
        " rows_before + row_difference, first_published_as_of, as_of_date, rules_changed"
        " from marts.restatements where source_system = 'bank'"
    )
    assert found[:4] == whole.one(
        "select sum(source_row_count), count(distinct customer_id), sum(order_count),"
        " sum(gross_amount) from intermediate.int_customer_days"
        " where source_system = 'bank' and date_trunc('month', activity_date) = '1995-10-01'"
    )
    assert found[4:] == (
        found[0],
        date(1995, 11, 1),
        LAST_DAYS[1]["bank"] + timedelta(days=1),
        False,
    )


def test_the_same_files_again_and_the_past_change_and_restate_nothing(
    build: Builder, raw: Path, batches: Warehouse
) -> None:
    batches.copy(build.folder / "again")
    again = build("again", **arguments(raw))
    same(content(again), content(batches))
    assert again.marts()["restatements"] == batches.marts()["restatements"]
    kept = again.query("from history.kept_months order by all")

    past = build("again", as_of_date="bank=1995-06-20,shop=2023-06-20", **arguments(raw))
    assert (
        "bank: all days are built anew, because as_of_date 1995-06-20 is not after" in past.output
    )
    assert past.one(
        "select max(activity_date) < '1995-06-20' from intermediate.int_customer_days"
        " where source_system = 'bank'"
    )
    assert past.query("from history.kept_months order by all") == kept


def test_rows_from_before_the_window_stay_out_and_are_noticed(
    build: Builder, raw: Path, batches: Warehouse, whole: Warehouse, tmp_path: Path
) -> None:
    def change(name: str, lines: list[bytes]) -> list[bytes]:
        more = [b"536365,85123A,LATE,6,2010-12-20 08:26:00,2.55,17850,United Kingdom"]
        return lines + more if name == RETAIL else lines

    # Another folder would be another setting: the files make way.
    shutil.copytree(raw, tmp_path / "raw")
    advice = "this picks them up: dbt build --full-refresh"
    days = "from intermediate.int_customer_days order by all"
    try:
        rewrite(tmp_path / "raw", raw, change)
        batches.copy(build.folder / "outside")
        text = build("outside", fails=True, tests="data", **arguments(raw))
        assert "Failure in test nothing_is_lost" in text.output
        assert advice in text.output
        assert text.query(days) == batches.query(days)

        row = {"line": 9999} | sales()[4] | {"at": datetime(2023, 2, 2), "order": 9999}
        rows = pq.read_table(raw / "shop" / "orders.parquet").to_pylist()
        write_parquet(raw / "shop" / "orders.parquet", [*rows, row])
        parquet = build("outside", fails=True, tests="data", **arguments(raw))
        assert "Failure in test every_line_is_staged_stg_custom__orders" in parquet.output
        assert advice in parquet.output
        assert parquet.query(days) == batches.query(days)

        options = arguments(raw)
        options["env"] = TESTS | {"DBT_FULL_REFRESH": "true"}
        full = build("outside", tests="data", **options)
        assert set(restated(full)) - set(restated(batches)) == {
            ("online_retail", date(2010, 12, 1)),
            ("shop", date(2023, 2, 1)),
        }
    finally:
        shutil.rmtree(raw)
        shutil.copytree(tmp_path / "raw", raw)


def test_another_setting_builds_all_days_anew(
    build: Builder, raw: Path, batches: Warehouse
) -> None:
    batches.copy(build.folder / "other_setting")
    made = build("other_setting", **arguments(raw, session_gap_minutes=29))
    assert set(replaced_from(made).values()) == {None}
    assert "all days are built anew, because session_gap_minutes changed." in made.output
    # Rows did not change; the months in which the gap matters say that rules did.
    assert made.query(
        "select distinct source_system, rules_changed from marts.restatements"
        " where as_of_date = (select max(as_of_date) from marts.restatements as last"
        " where last.source_system = restatements.source_system) and rules_changed"
        " order by all"
    ) == [("shop", True), ("web", True)]


def test_a_killed_build_keeps_the_table_whole_and_the_next_is_a_full_one(
    build: Builder, raw: Path, batches: Warehouse
) -> None:
    folder = build.folder / "killed_update"
    path = batches.copy(folder)
    options = arguments(raw)
    environment = build.environment(raw, SYSTEMS, **TESTS, DBT_THREADS="1")
    command = [sys.executable, "-m", "dbt.cli.main"]
    command += build.arguments(folder, environment, options["variables"], options["select"])
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if "OK created sql incremental model intermediate.int_order_lines" in line:
                running.send_signal(signal.SIGKILL)
                break
    days = "from intermediate.int_customer_days order by all"
    assert Warehouse(path).query(days) == batches.query(days)

    again = build("killed_update", **options)
    assert "because its tables are not all of the same run." in again.output
    same(content(again), content(batches))
