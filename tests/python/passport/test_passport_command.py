"""`make explain`: what it prints, its exit status, and what it refuses."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from builds import ROOT, SAMPLE, Warehouse

from customer_segments.passport.__main__ import main
from customer_segments.passport.columns import SEGMENTATIONS

ONE_OF_EACH = {
    "online_retail": "18121",
    "superstore": "AA-10015",
    "bank": "6346",
    "credit_card": "C10001",
    "ad_clicks": "1001803",
}


class Explain:
    """Calls the command in this process, and keeps what it printed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def __call__(
        self, warehouse: Path, system: str, customer: str, *options: str
    ) -> tuple[int, str, str]:
        """Exit status, output, errors."""
        for name, value in {
            "WAREHOUSE_PATH": str(warehouse),
            "SOURCE": system,
            "CUSTOMER": customer,
        }.items():
            self._monkeypatch.setenv(name, value)
        status = main(options)
        return (status, *self._capsys.readouterr())


@pytest.fixture
def explain(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Explain:
    return Explain(monkeypatch, capsys)


def changed(warehouse: Warehouse, folder: Path, sql: str, *parameters: Any) -> Path:
    """A copy of the warehouse in which one statement was run."""
    path = warehouse.copy(folder)
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql, list(parameters)).fetchall()
    return path


def environment(warehouse: Warehouse, system: str, customer: str) -> dict[str, str]:
    """For a process of its own."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "WAREHOUSE_PATH": str(warehouse.path),
        "CUSTOMER": customer,
        "SOURCE": system,
    }


def with_files_of_its_own(warehouse: Warehouse, folder: Path) -> tuple[Path, Path]:
    """Copies of the warehouse and of the sample's files, that says it was built from those."""
    files = folder / "files"
    shutil.copytree(SAMPLE, files)
    settings = yaml.safe_load(
        warehouse.one("select settings from operations.builds order by started_at desc limit 1")
    )
    text = yaml.safe_dump(settings | {"data_dir": str(files)})
    path = changed(warehouse, folder, "update operations.builds set settings = ?", text)
    for file in files.rglob("*.*"):
        os.utime(file, (0, 0))
    return path, files


@pytest.mark.parametrize(("system", "customer"), ONE_OF_EACH.items())
def test_a_customer_of_each_system_is_explained_in_100_columns(
    sample: Warehouse, explain: Explain, system: str, customer: str
) -> None:
    status, text, _ = explain(sample.path, system, customer)
    assert status == 0
    assert f"Customer {customer} of {system}" in text
    assert "All agree (=)" in text
    assert max(map(len, text.splitlines())) <= 100
    shown = {word for line in text.splitlines() for word in re.findall(r"[a-z_0-9]+", line)}
    assert set(sample.tables["customers"]) - {"source_system", "customer_id"} <= (
        shown
        | {f"{grid}_segment" for grid in ("rf25", "rfm125", "rfm_intervals")}
        | {f"{name}_segment" for name in SEGMENTATIONS}
    )
    marked = [line for line in text.splitlines() if line.startswith("= ")]
    assert len(marked) > 17
    assert not [line for line in text.splitlines() if line.startswith("! ")]


def test_words_and_numbers_of_one_customer(sample: Warehouse, explain: Explain) -> None:
    """A wholesaler of the sample who bought 48,600 boxes and gave them back minutes later."""
    _, text, _ = explain(sample.path, "online_retail", "18121")
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for line in (
        "= gross_amount 101,089.45 sum of 2 purchase lines in 2 invoices [rows 1-2]",
        "= return_rate 0.99999 returned 101,088.00 / gross 101,089.45 [rows 1-3]",
        "= recency_days 106 2011-12-10 - 2011-08-26 [row 2]",
        "3 2011-08-26 return",
    ):
        assert line in lines
    assert "StockCode: 23450 | Description: PEBBLE STORAGE BOX | Quantity: -48600" in text
    assert re.search(r"  \d\.\d{9}  [A-Z][A-Za-z ,]+  <- own", text)
    assert re.search(r"  \d\.\d{9}  [A-Z][A-Za-z ,]+  <- nearest other", text)


def test_long_lists_are_cut_and_say_so(sample: Warehouse, explain: Explain) -> None:
    _, text, _ = explain(sample.path, "bank", "6346", "--rows", "2")
    assert "Raw rows of trans: 231, 3 shown (--rows N, --all-rows)" in text
    # The last posting is shown as well: a single value rests on it.
    assert text.count("trans_id:") == 3
    _, text, _ = explain(sample.path, "bank", "6346", "--all-rows")
    assert text.count("trans_id:") == 231


def test_json_says_the_same(sample: Warehouse, explain: Explain) -> None:
    status, text, _ = explain(sample.path, "bank", "6346", "--json", "--all-rows")
    content = json.loads(text)
    assert status == 0
    assert content["agrees"] is True
    assert content["differences"] == []
    values = {
        value["column"]: value for section in content["sections"] for value in section["values"]
    }
    expected = sample.one("select gross_amount from marts.customers where customer_id = '6346'")
    assert values["gross_amount"]["value"] == str(expected)
    assert values["gross_amount"]["tables"] == ["customers", "customer_monetary"]
    rows = {row["number"]: row["row"] for row in content["raw_rows"]}
    assert len(rows) == content["raw_row_count"]
    amounts = [rows[number]["cells"]["amount"] for number in values["gross_amount"]["rows"]]
    assert sum(map(float, amounts)) == pytest.approx(float(expected))
    placements = [section["placement"] for section in content["sections"] if "placement" in section]
    assert placements
    for placement in placements:
        assert len(placement["distances"]) > 1
        assert sum(rule["holds"] for rule in placement["rules"]) == 1


@pytest.mark.parametrize(
    ("table", "column", "value", "words"),
    [
        ("customers", "net_amount", "net_amount + 0.00001", "warehouse has 1.45001"),
        ("customer_monetary", "return_rate", "null", "warehouse has null"),
        ("customers", "country", "'Iceland'", "warehouse has Iceland"),
        ("customer_scores", "monetary_score", "5", "warehouse has 5"),
        ("customer_segments", "distance", "distance + 0.000001", "warehouse has"),
        ("customer_segments", "segment_since", "date '2011-01-01'", "warehouse has 2011-01-01"),
        ("customer_recency", "as_of_date", "as_of_date + 1", "warehouse has 2011-12-11"),
        ("customer_grid_segments", "segment_name", "'Champions'", "warehouse has Champions"),
    ],
)
def test_a_cell_that_was_changed_is_found(
    sample: Warehouse,
    explain: Explain,
    tmp_path: Path,
    table: str,
    column: str,
    value: str,
    words: str,
) -> None:
    path = changed(
        sample,
        tmp_path,
        f"update marts.{table} set {column} = {value} where customer_id = '18121'",
    )
    status, text, _ = explain(path, "online_retail", "18121")
    assert status == 1
    assert "DIFFERS" in text
    assert re.search(rf"^! {column} ", text, re.MULTILINE)
    found = " ".join(text.split())
    assert f"DIFFERS: {words}" in found
    assert f"marts.{table}.{column}" in found


def test_a_row_that_is_missing_or_too_many_is_found(
    sample: Warehouse, explain: Explain, tmp_path: Path
) -> None:
    path = changed(
        sample, tmp_path / "less", "delete from marts.customer_scores where customer_id = '18121'"
    )
    status, text, _ = explain(path, "online_retail", "18121")
    assert status == 1
    assert "marts.customer_scores: the warehouse has no such row" in text
    path = changed(
        sample, tmp_path / "wide", "delete from marts.customers where customer_id = '18121'"
    )
    status, text, _ = explain(path, "online_retail", "18121")
    assert status == 1
    assert "marts.customers: the warehouse has no such row" in text
    path = changed(
        sample,
        tmp_path / "twice",
        "insert into marts.customer_monetary select * from marts.customer_monetary"
        " where customer_id = '18121'",
    )
    status, text, _ = explain(path, "online_retail", "18121")
    assert status == 1
    assert "marts.customer_monetary: the warehouse has 2 such rows" in text
    path = changed(
        sample,
        tmp_path / "more",
        "insert into marts.customer_grid_segments select * replace ('mine' as grid)"
        " from marts.customer_grid_segments where customer_id = '18121' limit 1",
    )
    status, text, _ = explain(path, "online_retail", "18121")
    assert status == 1
    assert "marts.customer_grid_segments (mine): the warehouse has a row" in text


def test_a_column_that_nothing_recomputes_is_a_difference(
    sample: Warehouse, explain: Explain, tmp_path: Path
) -> None:
    path = changed(sample, tmp_path, "alter table marts.customers add column shoe_size integer")
    status, text, _ = explain(path, "online_retail", "18121")
    assert status == 1
    assert "marts.customers.shoe_size: nothing recomputes this column" in text


def test_a_rejected_row_is_shown_with_its_reason_and_compared(
    sample: Warehouse, explain: Explain, tmp_path: Path
) -> None:
    customer, row = sample.one(
        "select json_extract_string(raw_row, '$.CustomerID') as customer, min(raw_row)"
        " from marts.rejected_rows"
        " where source_system = 'online_retail' and rejection_reason = 'no_price'"
        " and customer is not null group by 1 order by 1 limit 1"
    )
    status, text, _ = explain(sample.path, "online_retail", customer, "--all-rows")
    assert status == 0
    assert "= rejected: no_price" in text
    path = changed(
        sample,
        tmp_path,
        "update marts.rejected_rows set rejection_reason = 'negative_price' where raw_row = ?",
        row,
    )
    status, text, _ = explain(path, "online_retail", customer, "--all-rows")
    assert status == 1
    assert "rejection_reason: the warehouse does not reject as no_price" in " ".join(text.split())
    assert "the warehouse rejects as negative_price" in " ".join(text.split())


def test_a_wrong_call_says_what_to_do(
    sample: Warehouse, explain: Explain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, text, errors = explain(sample.path, "shops", "18121")
    assert (status, text) == (2, "")
    assert "Known: online_retail, superstore, bank, credit_card, ad_clicks" in errors

    status, text, errors = explain(sample.path, "online_retail", "18121 ")
    assert (status, text) == (2, "")
    assert "no customer '18121 '" in errors
    assert "The nearest: '18121'" in errors

    status, _, errors = explain(tmp_path / "none.duckdb", "bank", "1")
    assert status == 2
    assert "does not exist. Run `make build`" in errors

    status, _, errors = explain(sample.path, "", "")
    assert status == 2
    assert "make explain CUSTOMER=" in errors
    with pytest.raises(SystemExit) as wrong:
        explain(sample.path, "bank", "6346", "--rows", "-1")
    assert wrong.value.code == 2


def test_somebody_whose_rows_do_not_count_yet_is_no_customer(
    past: Warehouse, explain: Explain, sample: Warehouse
) -> None:
    later = sample.one(
        "select customer_id from marts.customers where source_system = 'superstore'"
        " order by first_active_date desc, customer_id limit 1"
    )
    status, _, errors = explain(past.path, "superstore", later)
    assert status == 2
    assert f"'{later}' of superstore is not a customer" in errors
    assert "after as-of" in errors


def test_a_mixed_set_of_tables_is_refused(
    sample: Warehouse, explain: Explain, tmp_path: Path
) -> None:
    path = changed(sample, tmp_path, "update operations.builds set is_whole = false")
    status, text, errors = explain(path, "bank", "6346")
    assert (status, text) == (2, "")
    assert "marts.build_status" in errors
    assert "Run `make build`" in " ".join(errors.split())


def test_a_file_that_is_no_warehouse_is_refused(explain: Explain, tmp_path: Path) -> None:
    path = tmp_path / "empty.duckdb"
    duckdb.connect(str(path)).close()
    status, _, errors = explain(path, "bank", "6346")
    assert status == 2
    assert "no marts.build_status" in errors


def test_raw_files_that_are_gone_or_were_changed_are_named(
    sample: Warehouse, explain: Explain, tmp_path: Path
) -> None:
    path, files = with_files_of_its_own(sample, tmp_path)
    assert explain(path, "bank", "6346")[0] == 0

    os.utime(files / "berka/loan.csv")
    (files / "berka/trans_1995.csv.gz").unlink()
    (files / "berka/card.csv").unlink()
    status, text, errors = explain(path, "bank", "6346")
    assert (status, text) == (2, "")
    assert f"{files}/berka/loan.csv was written after the build" in errors
    assert f"{files}/berka/trans_1995.csv.gz is gone" in errors
    assert f"there is no csv file {files}/berka/card*" in errors
    assert "account" not in errors
    # Other systems have their files.
    assert explain(path, "superstore", "AA-10015")[0] == 0


def test_a_change_that_keeps_the_time_stamp_is_a_difference(
    sample: Warehouse, explain: Explain, tmp_path: Path
) -> None:
    path, files = with_files_of_its_own(sample, tmp_path)
    file = files / "global_superstore/global_superstore.csv"
    text = file.read_text(encoding="utf-8")
    assert "45.315" in text
    file.write_text(text.replace(",45.315,", ",46.315,"), encoding="utf-8")
    os.utime(file, (0, 0))
    status, text, _ = explain(path, "superstore", "AA-10015")
    assert status == 1
    assert re.search(r"^! gross_amount ", text, re.MULTILINE)


def test_a_customer_whom_the_raw_files_no_longer_name_is_said_to_be_so(
    sample: Warehouse, explain: Explain, tmp_path: Path
) -> None:
    path, files = with_files_of_its_own(sample, tmp_path)
    file = files / "global_superstore/global_superstore.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("AA-10015", "AA-00000"), encoding="utf-8")
    os.utime(file, (0, 0))
    status, _, errors = explain(path, "superstore", "AA-10015")
    assert status == 2
    assert "has a customer 'AA-10015' of superstore, but no row of the raw files" in errors
    status, text, _ = explain(path, "superstore", "AA-00000")
    assert status == 1
    assert "marts.customers: the warehouse has no such row" in text


def test_a_reader_who_has_seen_enough_is_no_error(sample: Warehouse) -> None:
    command = f"{sys.executable} -m customer_segments.passport --all-rows | head -1"
    result = subprocess.run(
        command, shell=True, env=environment(sample, "bank", "6346"), capture_output=True, text=True
    )
    assert result.stdout == "Customer 6346 of bank, as of 1996-01-01\n"
    assert result.stderr == ""


def test_as_a_command(sample: Warehouse) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "customer_segments.passport", "--json"],
        env=environment(sample, "credit_card", "C10001"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["customer_id"] == "C10001"
