"""Bad files, rows, settings and luck: said clearly, nothing lost, no table half replaced."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from builds import (
    AS_OF,
    AS_OF_SETTING,
    COUNTED,
    ROOT,
    SAMPLE,
    Builder,
    Warehouse,
    raw_files,
    read_bytes,
    rewrite,
    same,
    write_bytes,
)

RETAIL = "online_retail/online_retail.csv"
RETAIL_HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
SYSTEMS = "online_retail, superstore, bank, credit_card, ad_clicks"


# --- Files ----------------------------------------------------------------------------------------

MONTHLY = {
    *("customer_segments_monthly", "segment_migrations", "segment_ledger"),
    *("programme_memberships", "restatements"),
}
"""Tables that have a row for each month end, not only for the as-of date."""


def test_files_that_cannot_be_used_are_all_named_before_anything_is_built(
    build: Builder, tmp_path: Path
) -> None:
    shutil.copytree(SAMPLE, tmp_path, dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "global_superstore")
    berka = tmp_path / "berka"

    def change(name: str, old: str, new: str) -> None:
        text = (berka / name).read_text(encoding="utf-8")
        assert old in text
        (berka / name).write_text(text.replace(old, new), encoding="utf-8")

    (berka / "card.csv").unlink()
    (berka / "loan.csv").write_bytes(b"")
    change("district.csv", ";A11;", ";")
    change("account.csv", ";", ",")
    change("client.csv", '"district_id"', '"client_id";"district_id"')
    shutil.copy(berka / "disp.csv", berka / "disp_again.csv")
    packed = next(tmp_path.glob("online_retail/*.csv.gz"))
    packed.with_suffix("").write_bytes(read_bytes(packed))

    refused = build("bad_files", data_dir=tmp_path, fails=True)
    expected = [
        # a missing folder names the setting that points there
        f"superstore: no text file {tmp_path}/global_superstore/",
        "point DATA_DIR to the folder that holds global_superstore/",
        "leave superstore out of SOURCE_SYSTEMS",
        # a missing file
        f"bank: no text file {berka}/card",
        # an empty file
        f"{berka}/loan.csv: is empty, or not UTF-8. Its first line must name the columns: loan_id",
        # a missing column
        f"{berka}/district.csv: has no column A11. ",
        # a wrong delimiter
        f"{berka}/account.csv: its first line is one single column, ",
        "The delimiter of this table must be ';'.",
        # a column twice
        f"{berka}/client.csv: names a column twice: ",
        # the same file twice
        f"{berka}/disp.csv and {berka}/disp_again.csv: the same file twice. Remove one.",
        f"{packed.with_suffix('')} and {packed}: the same file twice. Remove one.",
        f"DATA_DIR is {tmp_path}; SOURCE_SYSTEMS is {SYSTEMS.replace(' ', '')}.",
    ]
    assert [text for text in expected if text not in refused.problems] == []
    assert refused.tables == {}


@pytest.mark.parametrize("content", [b"", b"not packed", read_bytes(SAMPLE / "berka/card.csv")])
def test_a_packed_file_that_cannot_be_unpacked_is_named(
    build: Builder, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / f"{RETAIL}.gz"
    file.parent.mkdir()
    file.write_bytes(content)
    refused = build(tmp_path, data_dir=tmp_path, source_systems="online_retail", fails=True)
    assert str(file) in refused.problems
    assert "empty" in refused.problems if content == b"" else "GZIP" in refused.problems
    assert refused.tables == {}


def test_a_file_with_line_ends_of_two_kinds_is_named(build: Builder, tmp_path: Path) -> None:
    lines = [RETAIL_HEADER + "\r\n", GOOD_LINES[0] + "\r\n", GOOD_LINES[1] + "\n"]
    write_bytes(tmp_path / RETAIL, "".join(lines).encode())
    refused = build(tmp_path, data_dir=tmp_path, source_systems="online_retail", fails=True)
    assert str(tmp_path / RETAIL) in refused.problems
    assert refused.tables == {}


def test_files_with_only_a_header_give_empty_tables(
    build: Builder, sample: Warehouse, tmp_path: Path
) -> None:
    # One file per table: two headers alone would be the same file twice.
    files = [path for path in raw_files(SAMPLE) if "trans_1995" not in path.name]
    data = rewrite(SAMPLE, tmp_path, lambda _, lines: lines[:1], files)
    empty = build("header_only", data_dir=data, tests="data")
    assert empty.tables == sample.tables
    marts = empty.marts()
    totals = marts.pop("control_totals")
    assert marts.pop("business_hypotheses")
    verdicts = empty.query("select distinct verdict from marts.business_hypotheses")
    assert verdicts == [("not testable",)]
    assert {table: rows for table, rows in marts.items() if rows} == {}
    assert {number for row in totals for number in row[3:]} == {0}
    expected = sample.query("select distinct source_system, source_table from marts.control_totals")
    assert {row[:2] for row in totals} == set(expected)


def test_a_column_that_nothing_reads_is_reported_and_changes_nothing(
    build: Builder, sample: Warehouse, tmp_path: Path
) -> None:
    def add_column(name: str, lines: list[bytes]) -> list[bytes]:
        if not name.startswith("online_retail/"):
            return lines
        return [b"Till," + lines[0], *(b"7," + line for line in lines[1:])]

    data = rewrite(SAMPLE, tmp_path, add_column)
    wider = build(
        "extra_column", data_dir=data, source_systems="online_retail", select=COUNTED, tests="data"
    )
    (warning,) = (
        line for line in wider.output.splitlines() if "columns that nothing reads" in line
    )
    assert f"{tmp_path}/online_retail/" in warning
    assert warning.endswith(": columns that nothing reads: Till")
    expected = sample.marts(where="source_system = 'online_retail'")
    same(wider.marts(), {table: expected[table] for table in wider.tables})


# --- Settings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source_systems", "as_of_date", "problem"),
    [
        (
            "online_retail,shop",
            None,
            f"source_systems names 'shop', which is not a source system. Known: {SYSTEMS}.",
        ),
        ("bank,", None, f"source_systems names '', which is not a source system. Known: {SYSTEMS}"),
        (
            "credit_card",
            "shop=2011-06-01",
            f"as_of_date names 'shop', which is not a source system. Known: {SYSTEMS}.",
        ),
        (
            "credit_card",
            "bank=1994-01-31,1.6.2011",
            "as_of_date holds '1.6.2011', which is neither a date nor system=date. Write one date",
        ),
        ("credit_card", "2011-02-30", "as_of_date holds '2011-02-30', which is "),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_be_right(
    build: Builder, tmp_path: Path, source_systems: str, as_of_date: str | None, problem: str
) -> None:
    refused = build(tmp_path, None, source_systems, as_of_date, fails=True)
    assert problem in refused.problems
    assert not refused.path.exists() or refused.tables == {}


# --- Rows -----------------------------------------------------------------------------------------

GOOD_LINES = [
    "536365,85123A,plain,6,2010-12-01 08:26:00,2.55,17850,United Kingdom",
    "536365,85123A,on the last day,1,2011-01-02 08:26:00,1,17850,United Kingdom",
    '536366,85123B,"with, comma and ""quote""",1,2010-12-01 08:26:00,1,17850,United Kingdom',
    '536367,85123C,"over\ntwo lines",1,2010-12-01 08:26:00,1,17850,United Kingdom',
    '536368,85123D,12" in the middle,1,2010-12-01 08:26:00,1,17850,United Kingdom',
    "536369,85123E,nobody's,1,2010-12-01 08:26:00,1,,United Kingdom",
    "536370,85123E,nobody's either,1,2010-12-01 08:26:00,1,  ,United Kingdom",
    # Six customers, two of whose ids look like four.
    "536371,85123A,zeros,1,2010-12-01 08:26:00,1,017850,United Kingdom",
    "536372,85123A,blank before,1,2010-12-01 08:26:00,1, 17850,United Kingdom",
    "536373,85123A,blank behind,1,2010-12-01 08:26:00,1,17850 ,United Kingdom",
    "536374,85123A,small letter,1,2010-12-01 08:26:00,1,a1,United Kingdom",
    "536375,85123A,capital letter,1,2010-12-01 08:26:00,1,A1,United Kingdom",
]
BAD_LINES = {
    "536401,85123A,short,6,2010-12-01 08:26:00,2.55,17850": "malformed_line",
    "536402,85123A,long,6,2010-12-01 08:26:00,2.55,17850,United Kingdom,more": "malformed_line",
    "536403,85123A,latin \xe9\xe8 1,6,2010-12-01 08:26:00,2.55,17850,Ireland": "malformed_line",
    '536404,85123A,"text" behind a quote,1,2010-12-01 08:26:00,1,17850,Eire': "malformed_line",
    "536405,85123A,text,six,2010-12-01 08:26:00,2.55,17850,United Kingdom": "invalid_number",
    "536406,85123A,decimals,2.5,2010-12-01 08:26:00,2.55,17850,United Kingdom": "invalid_number",
    '536407,85123A,comma,2,2010-12-01 08:26:00,"2,55",17850,United Kingdom': "invalid_number",
    "536408,85123A,exponent,2,2010-12-01 08:26:00,1e3,17850,United Kingdom": "invalid_number",
    f"536409,85123A,price,1,2010-12-01 08:26:00,{'9' * 26},17850,Eire": "invalid_number",
    f"536410,85123A,quantity,{'9' * 26},2010-12-01 08:26:00,1,17850,Eire": "invalid_number",
    f"536411,85123A,both,{'9' * 12},2010-12-01 08:26:00,{'9' * 9},1,Eire": "amount_out_of_range",
    "536412,85123A,no such day,2,2011-02-30 08:26:00,2.55,17850,Eire": "invalid_date",
    "536413,85123A,month first,2,12/31/2010 08:26,2.55,17850,Eire": "invalid_date",
    "536414,85123A,year 1,2,0001-01-01 08:26:00,2.55,17850,United Kingdom": "implausible_date",
    "536415,85123A,year 9999,2,9999-12-31 08:26:00,2.55,17850,Eire": "implausible_date",
    "536416,85123A,no date,2,,2.55,17850,United Kingdom": "missing_value",
    ",85123A,no invoice,2,2010-12-01 08:26:00,2.55,17850,United Kingdom": "missing_value",
    ",,,,,,,": "missing_value",
    "536417,85123A,free,2,2010-12-01 08:26:00,0,17850,United Kingdom": "no_price",
    "536418,85123A,negative price,2,2010-12-01 08:26:00,-1.5,17850,Eire": "negative_price",
    "536419,85123A,nothing,0,2010-12-01 08:26:00,1.5,17850,Eire": "no_quantity",
    "A536420,B,bad debt,1,2010-12-01 08:26:00,11062.06,,Eire": "adjustment",
    "C536421,85123A,cancelled,1,2010-12-01 08:26:00,1,17850,Eire": "positive_cancellation",
}
BAD_TWICE = ["536412,85123A,no such day,2,2011-02-30 08:26:00,2.55,17850,Eire", ",,,,,,,"]
# An open quote takes the lines after it along, up to the next quote or the end of the file.
OPEN_QUOTE = [
    '536430,85123A,"open,1,2010-12-01 08:26:00,1,17850,United Kingdom',
    "536431,85123A,taken along,1,2010-12-01 08:26:00,1,17850,United Kingdom",
]


def build_bad_lines(build: Builder, name: str, order: int, select: str | None = None) -> Warehouse:
    """Build good and bad lines of one file in some order; two of the bad ones stand there twice."""
    lines = [*GOOD_LINES, *BAD_LINES, *BAD_TWICE]
    random.Random(order).shuffle(lines)
    # A byte order mark in front, and no line end behind.
    text = "\n".join(["\xef\xbb\xbf" + RETAIL_HEADER, *lines, *OPEN_QUOTE])
    write_bytes(build.folder / name / RETAIL, text.encode("latin-1"))
    return build(name, build.folder / name, "online_retail", select=select, tests="data")


@pytest.fixture(scope="module")
def bad_lines(build: Builder) -> Warehouse:
    return build_bad_lines(build, "bad_lines", 1)


def test_each_bad_line_is_kept_with_its_reason(bad_lines: Warehouse) -> None:
    names = RETAIL_HEADER.split(",")
    expected: Counter[tuple[str, str]] = Counter()
    for line, reason in BAD_LINES.items():
        if reason == "malformed_line":
            key = json.dumps({"line": line})
        else:
            # The one line here with a comma in a cell.
            cells = line.replace('"2,55"', "2;55").split(",")
            cells = [cell.replace(";", ",") or None for cell in cells]
            key = json.dumps(dict(zip(names, cells, strict=True)))
        expected[reason, key] += 1 + BAD_TWICE.count(line)
    expected["malformed_line", json.dumps({"line": "\n".join(OPEN_QUOTE)})] += 1

    rejected = bad_lines.query(
        "select rejection_reason, raw_row, row_id, source_file from marts.rejected_rows"
    )
    found = Counter((reason, json.dumps(json.loads(raw_row))) for reason, raw_row, *_ in rejected)
    # Bytes that are not UTF-8 cannot be shown; the rest of their line is.
    (latin,) = (key for key in expected if "536403" in key[1])
    (latin_found,) = (key for key in found if "536403" in key[1])
    assert latin_found[0] == "malformed_line"
    assert json.loads(latin_found[1])["line"].startswith("536403,85123A,latin ?")
    assert json.loads(latin_found[1])["line"].endswith("2010-12-01 08:26:00,2.55,17850,Ireland")
    del expected[latin], found[latin_found]
    assert found == expected
    assert len({row_id for *_, row_id, _ in rejected}) == len(rejected)
    assert {file for *_, file in rejected} == {RETAIL}


def test_good_lines_among_bad_ones_count_and_nothing_is_lost(bad_lines: Warehouse) -> None:
    totals = bad_lines.query(
        "select measure, raw_total, used, guest, after_as_of, rejected, difference"
        " from marts.control_totals order by measure desc"
    )
    # The open quote makes one record of two lines.
    rejected = len(BAD_LINES) + len(BAD_TWICE) + 1
    assert totals[0] == ("rows", len(GOOD_LINES) + rejected, 10, 2, 0, rejected, 0)
    assert totals[1][2:4] == (Decimal("24.3"), 2)
    assert totals[1][-1] == 0

    customers = bad_lines.query(
        "select customer_id, order_count, gross_amount, as_of_date::varchar from marts.customers"
    )
    assert sorted(customers) == [
        (" 17850", 1, 1, "2011-01-03"),
        ("017850", 1, 1, "2011-01-03"),
        ("17850", 4, Decimal("19.3"), "2011-01-03"),
        ("17850 ", 1, 1, "2011-01-03"),
        ("A1", 1, 1, "2011-01-03"),
        ("a1", 1, 1, "2011-01-03"),
    ]


def test_a_quote_that_stays_open_for_long_is_named_with_its_line(
    build: Builder, tmp_path: Path
) -> None:
    # The reader keeps 10,000 characters of a record: not enough for what this one takes along.
    lines = [RETAIL_HEADER, GOOD_LINES[0], OPEN_QUOTE[0], *[OPEN_QUOTE[1]] * 1000]
    write_bytes(tmp_path / RETAIL, "\n".join(lines).encode())
    refused = build(
        tmp_path, data_dir=tmp_path, source_systems="online_retail", fails=True, tests="data"
    )
    assert RETAIL in refused.problems
    assert "line 3" in refused.problems
    assert "quote" in refused.problems
    assert set(refused.tables) <= {"credit_card_customers"}


def test_ids_that_look_alike_are_kept_distinct_and_reported(bad_lines: Warehouse) -> None:
    (warning,) = (line for line in bad_lines.output.splitlines() if " WARN 2 " in line)
    assert "ids_do_not_look_alike" in warning
    assert bad_lines.query(
        "select first_id, last_id, id_count from test_failures.ids_do_not_look_alike_customers_"
        "customer_id__source_system order by id_count"
    ) == [("A1", "a1", 2), (" 17850", "17850 ", 4)]


def test_the_order_of_bad_lines_changes_nothing(build: Builder, bad_lines: Warehouse) -> None:
    again = build_bad_lines(build, "bad_lines_shuffled", 2, COUNTED)
    expected = bad_lines.marts()
    same(again.marts(), {table: expected[table] for table in again.tables})


SUPERSTORE_HEADER = (
    "Row ID,Order ID,Order Date,Ship Date,Ship Mode,Customer ID,Customer Name,Segment,City,State,"
    "Country,Postal Code,Market,Region,Product ID,Category,Sub-Category,Product Name,Sales,"
    "Quantity,Discount,Profit,Shipping Cost,Order Priority"
)


def superstore_line(
    row_id: str, ordered: str, shipped: str, sales: str = "10.5", quantity: str = "2"
) -> str:
    return (
        f"{row_id},O-1,{ordered},{shipped},First Class,C-1,Ann Other,Consumer,Lima,Lima,Peru,,"
        f"LATAM,South,P-1,Technology,Phones,Phone,{sales},{quantity},0,1,1,High"
    )


# Of each raw table: the lines that are used, and those that are not, with the reason.
OTHER_FILES: dict[str, tuple[list[str], dict[str, str]]] = {
    "global_superstore/orders.csv": (
        [
            SUPERSTORE_HEADER,
            superstore_line("1", "31-12-2010", "1/1/2011"),
            superstore_line("2", "1/2/2011", "1/2/2011"),
        ],
        {
            # Month first: there is no 13th month.
            superstore_line("3", "1/13/2011", "14-01-2011"): "invalid_date",
            superstore_line("4", "1/1/2011", "1/13/2011"): "invalid_date",
            # The copy that sorts last goes.
            superstore_line("2", "1/2/2011", "1/2/2011", "11.5"): "duplicate_id",
            superstore_line("5", "1/2/2011", "1/2/2011", "$10"): "invalid_number",
            superstore_line("6", "1/2/2011", "1/2/2011", "0"): "no_price",
            superstore_line("7", "1/2/2011", "1/2/2011", "-1"): "negative_price",
            superstore_line("8", "1/2/2011", "1/2/2011", "1", "-2"): "no_quantity",
        },
    ),
    "berka/account.csv": (
        ["account_id;district_id;frequency;date", '1;1;"POPLATEK MESICNE";930101', "2;2;;930102"],
        {"1;2;;930101": "duplicate_id", "3;1;;931301": "invalid_date", "4;1;;": "missing_value"},
    ),
    "berka/client.csv": (
        ["client_id;birth_number;district_id", '1;"705213";1', '2;"450204";2'],
        {
            '3;"131301";1': "invalid_date",
            '4;"136301";1': "invalid_date",
            '5;"7052";1': "invalid_date",
            "6;;1": "missing_value",
        },
    ),
    "berka/disp.csv": (
        ["disp_id;client_id;account_id;type", "1;1;1;OWNER", "2;2;2;OWNER", "3;1;2;DISPONENT"],
        {"4;2;1;BOSS": "unknown_code", "3;2;2;OWNER": "duplicate_id"},
    ),
    "berka/order.csv": (
        ["order_id;account_id;bank_to;account_to;amount;k_symbol", '1;1;"AB";"1";10.0;" "'],
        {"2;1;;;ten;": "invalid_number", "3;1;;;-1;": "negative_price"},
    ),
    "berka/loan.csv": (
        ["loan_id;account_id;date;amount;duration;payments;status", "1;1;930105;1200;12;100;A"],
        {
            "2;1;930105;1200;12;100;E": "unknown_code",
            "3;1;930105;1200;twelve;100;A": "invalid_number",
        },
    ),
    "berka/card.csv": (
        ["card_id;disp_id;type;issued", "1;1;gold;930106 00:00:00"],
        {"2;2;gold;930230 00:00:00": "invalid_date"},
    ),
    "berka/district.csv": (
        [
            "A1;A2;A3;A4;A5;A6;A7;A8;A9;A10;A11;A12;A13;A14;A15;A16",
            # A question mark is how the publisher writes a missing number.
            "1;Praha;Prague;1204953;0;0;0;1;1;100.0;12541;?;0.43;167;?;99107",
            "2;Benesov;central Bohemia;88884;80;26;6;2;5;46.7;8507;1.67;1.85;132;2159;2674",
        ],
        {
            "3;Beroun;central Bohemia;many;0;0;0;1;1;100.0;12541;0;0;167;0;0": "invalid_number",
        },
    ),
    "berka/trans.csv": (
        [
            "trans_id;account_id;date;type;operation;amount;balance;k_symbol;bank;account",
            "1;1;930103;PRIJEM;VKLAD;900.00;900.00;;;",
            "2;2;930104;VYDAJ;VYBER;100.00;-100.00; ;;",
            "3;2;930105;PRIJEM;;0.10;-99.90;UROK;;",
            # Not a copy of a row that cannot be used anyway.
            "4;2;930104;VYDAJ;VYBER KARTOU;20.00;-120.00;;;",
        ],
        {
            "3;2;930105;PRIJEM;;0.20;-99.90;UROK;;": "duplicate_id",
            "4;1;930106;PRIJEM;VKLAD;?;900.00;;;": "invalid_number",
            "5;1;930106;DAR;VKLAD;900.00;900.00;;;": "unknown_code",
            "6;1;930230;PRIJEM;VKLAD;900.00;900.00;;;": "invalid_date",
            "7;1;930106;PRIJEM;VKLAD;0.00;900.00;;;": "no_price",
            "8;1;930106;PRIJEM;VKLAD;-5;900.00;;;": "negative_price",
            "9;1;930106;PRIJEM;VKLAD;5": "malformed_line",
        },
    ),
    "credit_card/cc.csv": (
        [
            "CUST_ID,BALANCE,BALANCE_FREQUENCY,PURCHASES,ONEOFF_PURCHASES,INSTALLMENTS_PURCHASES,"
            "CASH_ADVANCE,PURCHASES_FREQUENCY,ONEOFF_PURCHASES_FREQUENCY,"
            "PURCHASES_INSTALLMENTS_FREQUENCY,CASH_ADVANCE_FREQUENCY,CASH_ADVANCE_TRX,"
            "PURCHASES_TRX,CREDIT_LIMIT,PAYMENTS,MINIMUM_PAYMENTS,PRC_FULL_PAYMENT,TENURE",
            "C1,40.900749,0.818182,95.4,0,95.4,0,0.166667,0,0.083333,0,0,2,,201.8,,0,12",
            ",40.9,0.8,95.4,0,95.4,0,0.2,0,0.1,0,0,2,1000,201.8,139.5,0,12",
        ],
        {
            "C1,99.9,0.8,95.4,0,95.4,0,0.2,0,0.1,0,0,2,1000,201.8,139.5,0,12": "duplicate_id",
            "C2,much,0.8,95.4,0,95.4,0,0.2,0,0.1,0,0,2,1000,201.8,139.5,0,12": "invalid_number",
            "C3,40.9,0.8,95.4,0,95.4,0,0.2,0,0.1,0,0,2.5,1000,201.8,139.5,0,12": "invalid_number",
        },
    ),
    "avito/SearchInfo.tsv": (
        [
            "SearchID\tSearchDate\tIPID\tUserID\tIsUserLoggedOn\tSearchQuery\tLocationID\t"
            "CategoryID\tSearchParams",
            "1\t2015-05-01 10:00:00.0\t1\t7\t0\t\t1\t1\t",
            "2\t2015-05-01 11:00:00.0\t1\t\t0\t\t1\t1\t",
        ],
        {
            "3\t2015-05-01 10:00:00.0\t1\tseven\t0\t\t1\t1\t": "invalid_number",
            "three\t2015-05-01 10:00:00.0\t1\t7\t0\t\t1\t1\t": "invalid_number",
            "4\t2015-02-30 10:00:00.0\t1\t7\t0\t\t1\t1\t": "invalid_date",
            "5\t9999-12-31 10:00:00.0\t1\t7\t0\t\t1\t1\t": "implausible_date",
            "6\t\t1\t7\t0\t\t1\t1\t": "missing_value",
        },
    ),
    "avito/trainSearchStream.tsv": (
        [
            "SearchID\tAdID\tPosition\tObjectType\tHistCTR\tIsClick",
            "1\t11\t1\t3\t0.01\t1",
            "1\t12\t2\t1\t\t",
            "2\t11\t1\t3\t0.01\t1",
            # Of a search that nobody knows: nobody's.
            "99\t11\t1\t3\t0.01\t0",
        ],
        {"1\t13\t1\t3\t0.01\t7": "invalid_number", "one\t14\t1\t3\t0.01\t1": "invalid_number"},
    ),
}


@pytest.fixture(scope="module")
def bad_rows(build: Builder) -> Warehouse:
    data = build.folder / "bad_rows"
    for name, (good, bad) in OTHER_FILES.items():
        header, *lines = [*good, *bad]
        write_bytes(data / name, "\r\n".join([header, *lines[::-1], ""]).encode())
    return build("bad_rows", data, "superstore,bank,credit_card,ad_clicks", tests="data")


def test_each_bad_row_of_every_system_is_kept_with_its_reason(bad_rows: Warehouse) -> None:
    expected: Counter[tuple[str, str, str]] = Counter()
    for name, (_, bad) in OTHER_FILES.items():
        delimiter = {"berka": ";", "avito": "\t"}.get(name.split("/")[0], ",")
        for line, reason in bad.items():
            cells = [cell.strip('"') for cell in line.split(delimiter)]
            expected[name, reason, "|".join(cells)] += 1
    found: Counter[tuple[str, str, str]] = Counter()
    for name, reason, raw_row in bad_rows.query(
        "select source_file, rejection_reason, raw_row from marts.rejected_rows"
    ):
        cells = json.loads(raw_row)
        values = cells["line"].split(";") if "line" in cells else list(cells.values())
        found[name, reason, "|".join(value or "" for value in values)] += 1
    assert found == expected


def test_the_other_rows_of_every_system_count(bad_rows: Warehouse) -> None:
    counted = bad_rows.query(
        "select source_table, raw_total, rejected, difference from marts.control_totals"
        " where measure = 'rows'"
    )
    names = {"orders": "global_superstore", "cc": "cc_general"}
    stems = {name: Path(name).stem for name in OTHER_FILES}
    assert sorted(counted) == sorted(
        (names.get(stems[name], stems[name]), len(good) - 1 + len(bad), len(bad), 0)
        for name, (good, bad) in OTHER_FILES.items()
    )
    assert bad_rows.query(
        "select customer_id, as_of_date::varchar, order_count, gross_amount, recency_days, country"
        " from marts.customers where source_system = 'superstore'"
    ) == [("C-1", "2011-02-02", 1, 21, 1, "Peru")]
    assert bad_rows.query(
        "select customer_id, order_count, gross_amount, sex, birth_date::varchar, district"
        " from marts.customers where source_system = 'bank' order by 1"
    ) == [
        ("1", 1, 900, "female", "1970-02-13", "Praha"),
        ("2", 2, 120, "male", "1945-02-04", "Benesov"),
    ]
    assert bad_rows.query(
        "select customer_id, balance, credit_limit, minimum_payments"
        " from marts.credit_card_customers"
    ) == [("C1", Decimal("40.900749"), None, None)]
    assert bad_rows.query(
        "select customer_id, session_count, impression_count, click_count"
        " from marts.customer_engagement where source_system = 'ad_clicks'"
    ) == [("7", 1, 2, 1)]
    guests = bad_rows.query(
        "select source_table, measure, guest from marts.control_totals where guest > 0 order by all"
    )
    assert guests == [
        ("SearchInfo", "rows", 1),
        ("cc_general", "rows", 1),
        ("trainSearchStream", "clicks", 1),
        ("trainSearchStream", "rows", 2),
    ]


# --- The warehouse file ---------------------------------------------------------------------------


def make_build(warehouse: Path) -> subprocess.CompletedProcess[str]:
    """What `make build` runs."""
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "WAREHOUSE_PATH": str(warehouse)}
    return subprocess.run(
        [sys.executable, "-m", "customer_segments.build"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["no_such_folder/warehouse.duckdb", "a_folder"])
def test_a_warehouse_that_cannot_be_written_is_named(
    build: Builder, tmp_path: Path, name: str
) -> None:
    (tmp_path / "a_folder").mkdir()
    path = tmp_path / name
    refused = build(tmp_path, fails=True, env={"WAREHOUSE_PATH": str(path)})
    assert str(path) in refused.problems

    made = make_build(path)
    assert made.returncode != 0
    assert f"{path} cannot be opened: " in made.stderr
    assert "Check that the folder exists and may be written, or set WAREHOUSE_PATH." in made.stderr


def test_a_warehouse_held_by_another_process_is_left_alone_and_said_so(
    build: Builder, sample: Warehouse
) -> None:
    path = sample.copy(build.folder / "held")
    hold = "import duckdb, sys; open_file = duckdb.connect(sys.argv[1]); print('open'); input()"
    with subprocess.Popen(
        [sys.executable, "-u", "-c", hold, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        refused = build("held", fails=True)
        made = make_build(path)
        holder.communicate("close\n")
    assert "lock" in refused.problems
    assert str(path) in refused.problems
    assert str(holder.pid) in refused.problems
    assert made.returncode != 0
    assert f"{path} is in use by another process: " in made.stderr
    same(Warehouse(path).marts(), sample.marts())


def test_a_killed_build_leaves_whole_tables_and_a_set_that_says_it_is_mixed(
    build: Builder, sample: Warehouse, past: Warehouse
) -> None:
    folder = build.folder / "killed"
    path = sample.copy(folder)
    environment = build.environment(as_of_date=AS_OF_SETTING, DBT_THREADS="1")
    command = [sys.executable, "-m", "dbt.cli.main", *build.arguments(folder, environment)]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        assert running.stdout is not None
        seen = []
        for line in running.stdout:
            seen.append(line)
            if "OK created sql table model marts.customer_" in line:
                running.send_signal(signal.SIGKILL)
                break
    assert running.returncode == -signal.SIGKILL, "".join(seen)

    killed = Warehouse(path)
    status = "select state, is_mixed, finished_at from marts.build_status"
    assert killed.one(status) == ("running", True, None)
    assert killed.tables == past.tables
    new, old = past.marts(), sample.marts()
    replaced = Counter(
        "new" if rows == new[table] else "old" if rows == old[table] else "neither"
        for table, rows in killed.marts().items()
    )
    assert set(replaced) == {"new", "old"}, replaced
    for table, columns in killed.tables.items():
        if "as_of_date" in columns and table not in MONTHLY:
            dates = killed.query(
                f"select source_system, count(distinct as_of_date) from marts.{table} group by all"
            )
            assert {count for system, count in dates if system in AS_OF} <= {1}

    again = build("killed", as_of_date=AS_OF_SETTING, lineage=True)
    assert again.one(status)[:2] == ("complete", False)
    same(again.marts(), new)


def test_a_failed_build_leaves_the_old_tables(
    build: Builder, sample: Warehouse, tmp_path: Path
) -> None:
    sample.copy(build.folder / "failed")
    status = "select state, is_mixed from marts.build_status"

    # Nothing was touched: the set is as whole as it was.
    refused = build("failed", data_dir=tmp_path, fails=True)
    assert f"DATA_DIR is {tmp_path}" in refused.problems
    assert refused.one(status) == ("complete", False)
    same(refused.marts(), sample.marts())

    # An as-of date that leaves no row is found only when the rows are read.
    failed = build("failed", as_of_date="online_retail=2010-12-01", fails=True)
    assert (
        "as_of_date of online_retail is 2010-12-01 but its first row is dated 2010-12-01: no row"
        " would be left. Set a later date, or one per system (AS_OF_DATE=online_retail=YYYY-MM-DD)."
    ) in failed.problems
    assert failed.one(status) == ("failed", True)
    same(failed.marts(), sample.marts())


def test_a_part_is_mixed_unless_all_that_depends_on_it_is_built_too(
    build: Builder, sample: Warehouse
) -> None:
    status = "select state, is_mixed from marts.build_status"
    sample.copy(build.folder / "part")
    assert build("part", select="customer_scores+", lineage=True).one(status) == ("complete", False)
    assert build("part", select="customer_scores").one(status) == ("complete", True)
    # The rest may still be of another run.
    assert build("part", select="customer_scores+", lineage=True).one(status) == ("complete", True)
