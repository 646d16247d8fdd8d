"""Odd lines are kept, odd names are read, and nothing that comes from outside is executed."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest
from builds import Builder, Warehouse
from custom_data import (
    EVERY_LINE,
    MARTS,
    ORDERS,
    STAGED,
    Businesses,
    customers,
    totals,
)

# Of each file: its good lines by customer, and its bad ones.
GOOD = {
    "plain": "plain,2023-05-01,1,plain",
    "quoted": 'quoted,2023-05-01,2,"with, comma and ""quote"""',
    "broken": 'broken,2023-05-01,4,"over\nthree\n\nlines"',
    "inch": 'inch,2023-05-01,8,12" in the middle',
    "": ",2023-05-01,16,nobody's",
    "with, comma": '"with, comma",2023-05-01,32,',
    "two\nlines": '"two\nlines",2023-05-01,64,',
}
BAD = [
    "short,2023-05-01",
    "long,2023-05-01,1,x,more",
    "latin,2023-05-01,1,caf\xe9",
    '"text" behind a quote,2023-05-01,1,x',
]
HEADER = '\xef\xbb\xbfid,"day, of ""order""",total,"note"'
JSON_GOOD = ['{"id": "caf\\u00e9", "day": "2023-05-01", "total": 1}', "", "  ", "\t"]
JSON_BAD = [
    '{"id": "open", "day": "2023-05-01", "total": 2',
    "no JSON",
    '{"id": "latin \xe9", "day": "2023-05-01", "total": 4}',
]
JSON_OTHER = ["[1, 2]", "5", '"text"', "null", "{}"]

DROP = 'x"; drop schema canary cascade; --'
NAMES = {"customer_id": DROP, "ordered_at": "{{ 1 / 0 }}", "amount": "it's.a \\ %s"}
FILE = "it's; drop schema canary; --.csv"
VALUES = ["'; drop schema canary cascade; --", '"', "{{ 1 / 0 }}", "{% endif %}", "%s", "\\", "🙂"]


def hostile_lines() -> list[str]:
    cells = [[*NAMES.values(), "it's a state"]]
    cells += [[value, "2023'05'01", "5", "it's ignored"] for value in VALUES[:1]]
    cells += [[value, "2023'05'01", "7", "'"] for value in VALUES]
    return [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in cells]


@pytest.fixture(scope="module")
def built(build: Builder) -> Warehouse:
    shops = Businesses(build.folder / "it's custom text")
    lines = [HEADER, *GOOD.values(), "", *BAD]
    odd = {"columns": ORDERS | {"ordered_at": 'day, of "order"'}}
    shops.orders("odd", files=shops.write("odd.csv", "\n".join(lines).encode("latin-1")), **odd)
    lines = [line for line in lines if "\n" not in line]
    text = "\r\n".join(lines) + "\r\n"
    shops.orders("windows", files=shops.write("windows.csv.gz", text.encode("latin-1")), **odd)
    lines = ["\xef\xbb\xbf" + JSON_GOOD[0], *JSON_GOOD, *JSON_BAD, *JSON_OTHER]
    shops.orders("json", files=shops.write("odd.jsonl", "\n".join(lines).encode("latin-1")))
    shops.orders("white", ["id,day,total", "\t,2023-05-01,1", '"\n",2023-05-01,1'])
    # Names with brackets, in letters of two sizes, over two lines.
    shops.write("names/o1.csv", ["id,day,total,Note", "b,2023-05-01,2,x"])
    shops.write("names/o[1].csv", ["id,day,total,note", "a,2023-05-01,1,x"])
    shops.orders("names", files="names/o*.csv")
    shops.orders(
        "broken",
        files=shops.write("broken.csv", 'id,day,"total\nof it"\na,2023-05-01,1\nb,2023-05-01,2\n'),
        columns=ORDERS | {"amount": "total\nof it"},
    )
    # The column without a name is the index of pandas.
    shops.orders("index", [",id,day,total", "0,a,2023-05-01,5", "1,b,2023-05-01,x"])

    shops.add("orders", "named", ["ordered_at,note,amount,customer_id", "2023-05-01,x,5,a"])
    shops.add("interactions", "named", ["occurred_at,item,customer_id", "2023-05-02,x,a"])
    file = shops.write("more.csv", ["ordered_at,amount,customer_id", "2023-05-01,7,b"])
    shops.variables["custom_orders"].append({"files": file})

    dates = {"date_formats": ["%Y'%m'%d"]}
    shops.orders(
        "hostile_csv",
        files=shops.write(f"{DROP}/{FILE}", hostile_lines()),
        columns=NAMES | {"status": "it's a state"},
        ignored_statuses=["it's ignored", "'); drop schema canary cascade; --"],
        **dates,
    )
    rows = [dict(zip(NAMES.values(), [value, "2023'05'01", "7"], strict=True)) for value in VALUES]
    nested = [json.dumps({"o'": {DROP: row}, **row}) for row in rows]
    shops.orders("hostile_json", files=shops.write(f"{FILE}.jsonl", nested), columns=NAMES, **dates)
    pointers = {name: f"/o'/{DROP}/{key.replace('/', '~1')}" for name, key in NAMES.items()}
    shops.orders("pointers", files=f"{FILE}.jsonl", columns=pointers, **dates)

    warehouse = build.folder / "custom_text" / "warehouse.duckdb"
    warehouse.parent.mkdir()
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema canary")
        connection.execute("create table canary.canary as select 1 as canary")
        name = DROP.replace('"', '""')
        connection.execute(f'create schema "{name}"')
        connection.execute(
            f'create table "{name}"."{name}" as from'
            f" read_csv(?, all_varchar = true, header = true, quote = '\"', escape = '\"')",
            [str(shops.folder / DROP / FILE)],
        )
        connection.execute(f'copy "{name}"."{name}" to \'{build.folder}/hostile.parquet\'')
    shops.orders("hostile_table", table=[DROP, DROP], columns=NAMES, **dates)
    shops.orders(
        "hostile_parquet", files=str(build.folder / "hostile.parquet"), columns=NAMES, **dates
    )
    built = shops.build(build, "custom_text", select=MARTS)
    shops.build(build, "custom_text", select=EVERY_LINE, tests="only")
    return built


@pytest.mark.parametrize("system", ["odd", "windows"])
def test_lines_that_cannot_be_parsed_are_kept_and_the_others_are_used(
    built: Warehouse, system: str
) -> None:
    good = {name: line for name, line in GOOD.items() if system == "odd" or "\n" not in line}
    assert customers(built, system, "net_amount", "customer_monetary") == {
        name: 2 ** list(GOOD).index(name) for name in good if name
    }
    assert totals(built, system) == (len(good) + len(BAD), len(good) - 1, 1, 0, len(BAD))
    found = sorted(
        json.loads(raw_row)["line"]
        for (raw_row,) in built.query(
            "select raw_row from marts.rejected_rows"
            " where source_system = ? and rejection_reason = 'malformed_line'",
            [system],
        )
    )
    # Bytes that are not UTF-8 cannot be shown.
    assert found == sorted(line.replace("\xe9", "?") for line in BAD)


def test_lines_that_are_no_json_are_kept_and_the_others_are_used(built: Warehouse) -> None:
    # Two rows of the same customer at the same time are one order.
    assert customers(built, "json", "purchase_line_count", "customer_frequency") == {"café": 2}
    count = 2 + len(JSON_BAD) + len(JSON_OTHER)
    assert totals(built, "json") == (count, 2, 0, 0, count - 2)
    reasons: dict[str, set[str]] = {}
    for reason, raw_row in built.query(
        "select rejection_reason, raw_row from marts.rejected_rows where source_system = 'json'"
    ):
        reasons.setdefault(reason, set()).add(raw_row)
    malformed = {json.loads(raw_row)["line"] for raw_row in reasons["malformed_line"]}
    assert {JSON_BAD[0], JSON_BAD[1]} <= malformed
    # Bytes that are not UTF-8 cannot be shown, nor what stands next to them.
    assert any(line.startswith('{"id": "latin ?') for line in malformed)
    others = reasons["malformed_line"] | reasons["missing_value"]
    assert {"{}"} <= reasons["missing_value"] and len(others) == count - 2


def test_odd_names_of_files_and_columns_are_read(built: Warehouse) -> None:
    for system in ["names", "broken"]:
        assert customers(built, system, "net_amount", "customer_monetary") == {"a": 1, "b": 2}


def test_a_column_without_a_name_is_part_of_the_row(built: Warehouse) -> None:
    assert customers(built, "index", "net_amount", "customer_monetary") == {"a": 5}
    raw_row = built.one("select raw_row from marts.rejected_rows where source_system = 'index'")
    assert list(json.loads(raw_row).values()) == ["1", "b", "2023-05-01", "x"]


def test_a_cell_of_white_space_is_blank(built: Warehouse) -> None:
    assert totals(built, "white") == (2, 0, 2, 0, 0)


def test_columns_that_bear_the_names_need_no_mapping(built: Warehouse) -> None:
    assert customers(built, "named", "net_amount", "customer_monetary") == {"a": 5}
    assert customers(built, "named", "distinct_item_count", "customer_engagement") == {"a": 1}
    # Without a name of its own, a business is called custom.
    assert customers(built, "custom", "net_amount", "customer_monetary") == {"b": 7}


def test_names_and_values_from_outside_are_names_and_values(built: Warehouse) -> None:
    for system in ["hostile_csv", "hostile_json", "pointers", "hostile_table", "hostile_parquet"]:
        spent = dict.fromkeys(VALUES, 7)
        if system in ("hostile_table", "hostile_parquet"):
            spent[VALUES[0]] = 12
        assert customers(built, system, "net_amount", "customer_monetary") == spent, system
    assert totals(built, "hostile_csv") == (len(VALUES) + 1, len(VALUES), 0, 0, 1)
    raw_row = built.one(
        "select raw_row from marts.rejected_rows where source_system = 'hostile_csv'"
    )
    assert json.loads(raw_row) == {
        **dict(zip(NAMES.values(), [VALUES[0], "2023'05'01", "5"], strict=True)),
        "it's a state": "it's ignored",
    }
    assert built.query("select * from canary.canary") == [(1,)]


# --- Files that are odd, but can be read ----------------------------------------------------------

ODD_FILES = {
    "inch": {"o.csv": ['id,day,size 12",total', "a,2023-05-01,x,1", 'b,2023-05-01,"y",2']},
    "sparse": {
        "o1.jsonl": ['{"id": "a", "day": "2023-05-01", "total": 1, "gift": {"back": 0}}'],
        "o2.jsonl": ['{"id": "b", "day": "2023-05-01", "total": 2}'],
    },
    "letters": {
        "o.jsonl": [
            '{"id": "a", "day": "2023-05-01", "total": 1, "Note": "x"}',
            '{"id": "b", "day": "2023-05-01", "total": 2, "note": "x"}',
        ]
    },
}


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("inch", {}),
        ("sparse", {"refunded_amount": "/gift/back"}),
        ("letters", {}),
    ],
)
def test_odd_files_are_read(
    build: Builder, tmp_path: Path, name: str, more: dict[str, str]
) -> None:
    shops = Businesses(tmp_path)
    for file, lines in ODD_FILES[name].items():
        shops.write(file, lines)
    shops.orders("shop", files="o*.csv" if name == "inch" else "o*.jsonl", more=more)
    built = shops.build(build, tmp_path, select=STAGED)
    assert built.query(
        "select customer_id, line_amount from staging.stg_custom__orders order by 1"
    ) == [("a", 1), ("b", 2)]


def test_a_key_that_only_late_lines_have_is_read(build: Builder, tmp_path: Path) -> None:
    shops = Businesses(tmp_path)
    line = '{"id": "a", "day": "2023-05-01", "total": 1}'
    late = '{"id": "b", "day": "2023-05-01", "total": 2, "back": 1, "gift": {"shop": "x"}}'
    more = {"refunded_amount": "back", "channel": "/gift/shop"}
    files = shops.write("o.jsonl", [*[line] * 10_001, late])
    shops.orders("shop", files=files, columns=ORDERS | more)
    built = shops.build(build, tmp_path, select=STAGED)
    assert built.query(
        "select refunded_amount, channel from staging.stg_custom__orders where customer_id = 'b'"
    ) == [(1, "x")]
