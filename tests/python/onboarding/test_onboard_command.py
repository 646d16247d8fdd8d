"""The command: what it prints and writes, its exit status, and the check in a build."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from customer_segments.onboarding.__main__ import main
from customer_segments.onboarding.report import WIDTH
from customer_segments.onboarding.vars_file import to_yaml
from customer_segments.warehouse import PROJECT_DIR

SAMPLE = PROJECT_DIR / "sample_data"
ROWS = "7,2020-01-31,5.50\n8,2020-02-01,6.50\n7,2020-02-02,-7.50\n"


def printed_vars(output: str) -> dict:
    return yaml.safe_load(output.split("Vars file\n---------\n")[1].split("\n\n")[0])


def test_the_global_superstore_needs_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    path = SAMPLE / "global_superstore" / "global_superstore.csv"
    assert main([str(path), "--no-check"]) == 0
    output = capsys.readouterr().out
    assert printed_vars(output) == {
        "custom_orders": {
            "source_system": "global_superstore",
            "files": str(path),
            "columns": {
                "customer_id": "Customer ID",
                "ordered_at": "Order Date",
                "order_id": "Order ID",
                "quantity": "Quantity",
                "amount": "Sales",
                "line_id": "Row ID",
                "product_id": "Product ID",
                "product_name": "Product Name",
                "category": "Category",
                "country": "Country",
            },
            "date_formats": ["%d/%m/%Y", "%d-%m-%Y"],
        }
    }
    assert "day first" in output


def test_online_retail_needs_no_answer(capsys: pytest.CaptureFixture[str]) -> None:
    path = SAMPLE / "online_retail" / "online_retail.csv.gz"
    assert main([str(path), "--no-check", "--source-system", "gifts"]) == 0
    (source,) = printed_vars(capsys.readouterr().out).values()
    assert source == {
        "source_system": "gifts",
        "files": str(path),
        "columns": {
            "customer_id": "CustomerID",
            "ordered_at": "InvoiceDate",
            "order_id": "InvoiceNo",
            "quantity": "Quantity",
            "unit_price": "UnitPrice",
            "product_id": "StockCode",
            "product_name": "Description",
            "country": "Country",
        },
    }


def test_searches_are_interactions(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(SAMPLE / "avito" / "SearchInfo.tsv.gz"), "--no-check"]) == 0
    source = printed_vars(capsys.readouterr().out)["custom_interactions"]
    assert source["columns"] == {"customer_id": "UserID", "occurred_at": "SearchDate"}


def test_an_open_question_is_status_1_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, target = tmp_path / "shop.csv", tmp_path / "shop.yml"
    path.write_text("client_id,date,total\n7,1/2/2020,5.50\n")
    assert main([str(path), "--write", str(target)]) == 1
    output = capsys.readouterr().out
    assert "1 question is open: not checked, not written." in output
    assert "  --set date_formats=%d/%m/%Y    day first\n" in output
    assert not target.exists()


def test_the_written_file_says_how_it_was_made_and_is_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, target = tmp_path / "shop.csv", tmp_path / "shop.yml"
    path.write_text(f"client_id,date,total\n{ROWS}")
    call = [str(path), "--no-check", "--write", str(target), "--set", "product_name="]
    assert main(call) == 0
    written = target.read_text()
    assert f"# Build: make build VARS={target}" in written
    assert "onboarding" in written.splitlines()[0] and "product_name=" in written.splitlines()[0]
    assert yaml.safe_load(written) == printed_vars(capsys.readouterr().out)
    assert main(call) == 2
    assert "exists. Remove it, or choose another name." in capsys.readouterr().err
    assert target.read_text() == written


@pytest.mark.parametrize(
    "arguments",
    [["--set", "custmer_id=a"], ["--source-system", "online_retail"], ["--source-system", "A b"]],
)
def test_a_wrong_call_is_status_2(tmp_path: Path, arguments: list[str]) -> None:
    path = tmp_path / "shop.csv"
    path.write_text(f"client_id,date,total\n{ROWS}")
    assert main([str(path), "--no-check", *arguments]) == 2
    assert main([str(tmp_path / "nothing.csv")]) == 2


def test_odd_names_survive_yaml() -> None:
    names = [' a: "b"', "{c}", "# d", "- e", "é\u00a0\u2028", "x\ny", "'", "%", "null", "1", "@f"]
    variables = {"custom_orders": {"columns": {str(i): name for i, name in enumerate(names)}}}
    variables["custom_orders"]["date_formats"] = ["%d/%m/%Y", "[g"]
    assert yaml.safe_load(to_yaml(variables)) == variables


def test_the_report_is_narrow_and_moves_no_cursor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shop.csv"
    wide = "x\x1b[2J" + "w" * 200
    path.write_text(
        f"client_id,date,total,description,{wide}\n7,2020-01-31,5.5,{wide},{wide}\n" * 2
    )
    main([str(path), "--no-check"])
    report = capsys.readouterr().out.split("Vars file")[0]
    assert "\x1b" not in report
    long = [line for line in report.splitlines() if len(line) > WIDTH and wide[6:] not in line]
    assert not long


def test_the_check_says_where_all_rows_went(tmp_path: Path) -> None:
    path, target = tmp_path / 'it"s.csv', tmp_path / "shop.yml"
    header = '"client: ""id""",date,total\n'
    path.write_text(f"{header}{ROWS},2020-02-02,1.00\n7,2020-02-02,0\n7,2020-02-02,1,1\n")
    finished = subprocess.run(
        [
            *(sys.executable, "-m", "customer_segments.onboarding", path),
            *("--set", 'customer_id=client: "id"', "--write", target),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    check = finished.stdout.split("\nCheck\n")[1]
    rows, amount = (
        line.split() for line in check.splitlines() if line.startswith(("rows", "amount"))
    )
    assert rows[1:] == ["6", "3", "1", "0", "2"]
    assert amount[1:] == ["5.5", "4.5", "1", "0", "0"]
    assert "2 customers." in check
    assert "1 row rejected: malformed_line." in check and "1 row rejected: no_price." in check
    assert yaml.safe_load(target.read_text())["custom_orders"]["files"] == str(path)
