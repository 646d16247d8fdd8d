"""What cannot be right is refused before anything is built, all of it at once, and by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from builds import Builder
from custom_data import EVENTS, ORDERS, STAGED, Businesses, Entry, staged

FILE = {"files": "o.csv"}
SHOP = {"source_system": "shop", **FILE, "columns": ORDERS}
WEB = {"source_system": "web", **FILE, "columns": EVENTS}

# The entries of var custom_orders and of var custom_interactions, and what is said about them.
REFUSED: dict[str, tuple[Any, Any, list[str]]] = {
    "mapping": (
        {
            "source_system": "Shop",
            "files": "o.csv",
            "table": "orders",
            "colums": {},
            "columns": {
                "customer_id": "id",
                "order_id": "id",
                "orderd_at": "day",
                "amount": ["total", "tax"],
                "unit_price": "price",
                "status": "state",
            },
            "only_currency": "EUR",
        },
        [],
        [
            "custom_orders of Shop cannot be used",
            "'colums' is not a setting. Settings: ",
            "source_system 'Shop' must be a name of your own, of lower-case letters",
            "give one of files, table, model or source, not files and table",
            "columns maps 'orderd_at', which orders do not have. They have: customer_id, ",
            "amount must be mapped to one column, not to ['total', 'tax']",
            "column 'id' is mapped twice: customer_id, order_id. Keep one",
            "no column is mapped to ordered_at",
            "map amount, or quantity and unit_price, not both",
            "status is mapped, but nothing says which statuses count",
            "only_currency needs a column mapped to currency",
        ],
    ),
    "formats": (
        SHOP
        | {
            "date_formats": [
                *["%d/%m/%Y", "%m/%d/%Y", "epoch_s", "epoch_ms", "dd.mm.yyyy"],
                *["%Y-%m-%d %H:%M:%S %Z", "%Y-%m-%dT%H:%M:%SZ"],
            ],
            "time_zone": "Berlin",
            "timestamps_in": "CET+1",
            "decimal_mark": ";",
            "thousands_mark": "-",
            "currency_signs": "€",
            "null_values": "NULL",
        },
        [],
        [
            "date formats %d/%m/%Y and %m/%d/%Y can read one text as two days. Keep the right one",
            "epoch_s and epoch_ms read the same numbers. Keep the right one",
            "date format 'dd.mm.yyyy' has no %: write it like %d/%m/%Y",
            # Z by its letter would be a time without an offset.
            "date format '%Y-%m-%d %H:%M:%S %Z' must spell the time zone %z",
            "date format '%Y-%m-%dT%H:%M:%SZ' must spell the time zone %z",
            "time_zone 'Berlin' is not a time zone. Write it like Europe/Berlin",
            "timestamps_in 'CET+1' is not a time zone",
            "decimal_mark must be . or ,",
            "thousands_mark must be . , ' or a blank, and not the decimal_mark",
            "currency_signs must be a list: [€]",
            "null_values must be a list: [NULL]",
        ],
    ),
    "no_zone": (
        SHOP
        | {
            "date_formats": ["%Y-%m-%d %H:%M:%S%z", "epoch_s", "%Y-%d-%m", "%Y-%m-%d"],
            "timestamps_in": "UTC",
            "thousands_mark": ".",
        },
        [],
        [
            "date format '%Y-%m-%d %H:%M:%S%z' gives a moment, and time_zone must say",
            "date format 'epoch_s' gives a moment",
            "timestamps_in needs time_zone",
            "date formats %Y-%d-%m and %Y-%m-%d can read one text as two days",
            "and not the decimal_mark",
        ],
    ),
    "nothing": (
        [{"source_system": "bank", "columns": {}, "attach": "crm.duckdb", "source": "raw"}],
        [],
        [
            "source_system 'bank' must be a name of your own",
            "attach names a DuckDB file; say with table which table of it",
            "source must be source_name.table_name",
            "no column is mapped to customer_id",
            "no column is mapped to ordered_at",
            "no column is mapped to amount, nor to quantity and unit_price",
        ],
    ),
    "interactions": (
        [],
        {
            "source_system": "a b",
            "columns": {"customer_id": "id", "ordered_at": "day", "amount": "total"},
            "click_types": ["click"],
            "impression_types": "view",
            "ignored_statuses": ["x"],
        },
        [
            "custom_interactions of a b cannot be used",
            "source_system 'a b' must be a name of your own",
            "give one of files, table, model or source\n",
            "columns maps 'ordered_at', which interactions do not have. They have: customer_id, ",
            "columns maps 'amount', which interactions do not have",
            "no column is mapped to occurred_at",
            "click_types needs a column mapped to event_type",
            "impression_types must be a list: [view]",
            "'ignored_statuses' is not a setting",
        ],
    ),
    # [NULL] and [yes] of YAML; digits that are a day of 1970 for one format, of 2023 for another.
    "not_texts": (
        SHOP
        | {
            "files": ["o.csv", "p.csv"],
            "columns": ORDERS | {"status": "state"},
            "null_values": [None, "n/a"],
            "return_statuses": [True],
            "date_formats": ["epoch_s", "%Y%m%d"],
        },
        [],
        [
            "null_values holds None, which is no text",
            "return_statuses holds True, which is no text",
            "epoch_s and %Y%m%d read the same numbers",
            "files must be",
        ],
    ),
    "half_a_price": (
        SHOP | {"columns": {"customer_id": "id", "ordered_at": "day", "quantity": "pieces"}},
        [],
        ["no column is mapped to amount, nor to quantity and unit_price"],
    ),
    "twice": (
        [SHOP, SHOP | {"files": "p.csv"}],
        [],
        ["custom_orders has two entries of source_system 'shop'"],
    ),
    "no_mapping": ([], "web.csv", ["custom_interactions must be a mapping"]),
    "no_columns": (SHOP | {"columns": ["id", "day"]}, [], ["columns must map names"]),
}


def parsed(build: Builder, folder: Path, orders: Any, interactions: Any, **settings: Any) -> str:
    """Refuse to build and return what was said; nothing was built."""
    variables = {"custom_orders": orders, "custom_interactions": interactions}
    refused = build(folder, data_dir=folder, variables=variables, fails=True, **settings)
    assert not refused.path.exists() or refused.tables == {}
    return refused.problems


@pytest.mark.parametrize("name", REFUSED)
def test_all_that_is_wrong_with_an_entry_is_said_at_once(
    build: Builder, tmp_path: Path, name: str
) -> None:
    orders, interactions, expected = REFUSED[name]
    problems = parsed(build, tmp_path, orders, interactions)
    assert [text for text in expected if text not in problems] == []


def test_a_business_that_nobody_knows_is_refused(build: Builder, tmp_path: Path) -> None:
    problems = parsed(build, tmp_path, SHOP, WEB, source_systems="shop,shoppe")
    assert (
        "source_systems names 'shoppe', which is not a source system. Known: online_retail,"
        " superstore, bank, credit_card, ad_clicks, shop, web." in problems
    )
    problems = parsed(build, tmp_path, SHOP, WEB, as_of_date="web=2023-05-01,shoppe=2023-05-01")
    assert "as_of_date names 'shoppe', which is not a source system. Known: " in problems


def test_files_that_cannot_be_used_are_all_named_before_anything_is_built(
    build: Builder, tmp_path: Path
) -> None:
    shops = Businesses(tmp_path)
    rows = ["id,day,total", "a,2023-05-01,5"]
    shops.orders("missing", files="exports/no_such_*.csv")
    shops.orders("empty", files=shops.write("empty.csv", ""))
    shops.orders("empty_gz", files=shops.write("empty.csv.gz", ""))
    typo = ORDERS | {"ordered_at": "Order Dte"}
    shops.orders("typo", ["ID number,Order Date,total", *rows[1:]], columns=typo)
    shops.orders("semicolons", [row.replace(",", ";") for row in rows])
    shops.orders("twice", ["id,day,total,total", "a,2023-05-01,5,5"])
    shops.write("copies/a.csv", rows)
    shops.write("copies/b.csv", rows)
    shops.orders("copies", files="copies/*.csv")
    shops.write("parts/a.csv", rows)
    shops.write("parts/b.csv", ["id,date,total", "a,2023-05-01,5"])
    shops.orders("parts", files="parts/*.csv")
    shops.orders("no_key", files=shops.write("no_key.jsonl", '{"id": 1, "day": "2023-05-01"}\n'))
    duckdb.sql("select 1 as id, date '2023-05-01' as dag, 5 as total").write_parquet(
        str(tmp_path / "p.parquet")
    )
    shops.orders("parquet", files="p.parquet")
    shops.interactions("web", ["id,time", "a,2023-05-01"])
    shops.interactions("fine", ["id,at", "a,2023-05-01"])
    refused = shops.build(build, tmp_path, fails=True)
    expected = [
        f"custom_orders of missing: no file {tmp_path}/exports/no_such_*.csv. Correct files",
        f"{tmp_path}/empty.csv: is empty",
        f"{tmp_path}/empty.csv.gz: is empty",
        f"{tmp_path}/typo_orders.csv: has no column id, Order Dte. Did you mean 'Order Date'"
        " instead of 'Order Dte'? It names: ID number, Order Date, total.",
        f"{tmp_path}/semicolons_orders.csv: its first line is one single column, 'id;day;total'."
        " The delimiter of this table must be ','.",
        f"{tmp_path}/twice_orders.csv: names a column twice: id, day, total, total.",
        f"{tmp_path}/copies/a.csv and {tmp_path}/copies/b.csv: the same file twice. Remove one.",
        f"{tmp_path}/parts/b.csv: has no column day.",
        "custom_orders of no_key: no line has total. The keys are: day, id.",
        f"{tmp_path}/p.parquet: has no column day.",
        f"{tmp_path}/web_interactions.csv: has no column at.",
        f"DATA_DIR is {tmp_path}; SOURCE_SYSTEMS is ",
    ]
    assert [text for text in expected if text not in refused.output] == []
    assert "fine_interactions" not in refused.output
    assert refused.tables == {}


def test_a_header_that_is_not_utf8_is_named(build: Builder, tmp_path: Path) -> None:
    shops = Businesses(tmp_path)
    text = "id,day,gr\xf6\xdfe,total\na,2023-05-01,x,5\n"
    for encoding in ["latin-1", "utf-16"]:
        name = encoding.replace("-", "")
        shops.orders(name, files=shops.write(f"{name}.csv", text.encode(encoding)))
    refused = shops.build(build, tmp_path, fails=True)
    for name in ["latin1", "utf16"]:
        (line,) = (line for line in refused.problems.splitlines() if f"/{name}.csv: " in line)
        assert "UTF-8" in line


@pytest.mark.parametrize(
    ("orders", "interactions", "expected"),
    [
        (
            {"table": "sales"},
            {"table": "no_such_table"},
            ["custom_orders of shop: has no column total. Did you mean 'totals'", "no_such_table"],
        ),
        (
            {"table": "sales", "attach": "no_such_file.duckdb"},
            {"table": "sales", "columns": None},
            [
                "no_such_file.duckdb",
                "custom_interactions of shop: no column is mapped to customer_id",
                "The columns are: id, day, totals",
            ],
        ),
    ],
)
def test_a_table_that_cannot_be_used_is_named(
    build: Builder, tmp_path: Path, orders: Entry, interactions: Entry, expected: list[str]
) -> None:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute(
            "create table sales as select 1 as id, date '2023-05-01' as day, 5 as totals"
        )
    variables = {
        "custom_orders": {"source_system": "shop", "columns": ORDERS} | orders,
        "custom_interactions": {"source_system": "shop", "columns": EVENTS} | interactions,
    }
    refused = build(tmp_path, data_dir=tmp_path, variables=variables, select=STAGED, fails=True)
    assert [text for text in expected if text not in refused.problems] == []


def test_a_pointer_that_points_nowhere_is_named(build: Builder, tmp_path: Path) -> None:
    shops = Businesses(tmp_path)
    lines = ['{"customer": {"id": "a"}, "day": "2023-05-01", "total": 5}']
    columns = ORDERS | {"customer_id": "/customer/idd"}
    shops.orders("shop", files=shops.write("o.jsonl", lines), columns=columns)
    refused = shops.build(build, tmp_path, select=STAGED, fails=True)
    assert "/customer/idd" in refused.problems


def test_columns_that_are_taken_by_name_are_checked_like_mapped_ones(
    build: Builder, tmp_path: Path
) -> None:
    shops = Businesses(tmp_path)
    lines = ["customer_id,ordered_at,amount,status", "a,2023-05-01,5,cancelled"]
    shops.add("orders", "shop", lines, only_currency="EUR")
    refused = shops.build(build, tmp_path, select=STAGED, fails=True)
    assert "custom_orders of shop: status is mapped, but nothing says which" in refused.problems
    assert "only_currency needs a column mapped to currency" in refused.problems


# --- As a whole -----------------------------------------------------------------------------------


def test_several_currencies_are_refused_by_name(build: Builder, tmp_path: Path) -> None:
    lines = ["id,day,total,money", "a,2023-05-01,1,USD", "b,2023-05-01,2,eur", "c,2023-05-01,4,EUR"]
    refused = staged(build, tmp_path, lines, more={"currency": "money"}, fails=True)
    assert (
        "custom_orders of shop are in 2 currencies: EUR, USD. Set only_currency to the one to keep,"
        " or map exchange_rate" in refused.problems
    )
    assert (
        refused.query(
            "select table_name from information_schema.tables where table_name ="
            " 'int_custom_sources'"
        )
        == []
    )


def test_a_source_without_a_usable_row_stops_the_build_and_names_the_reasons(
    build: Builder, tmp_path: Path
) -> None:
    lines = ["id,day,total", 'a,01/05/2023,"1,5"', "b,01/05/2023,2", "c,01/05/2023,"]
    refused = staged(build, tmp_path, lines, fails=True)
    assert (
        "custom_orders of shop: none of its 3 rows can be used (invalid_date, invalid_number,"
        " missing_value). Look at raw_row and rejection_reason in stg_custom__orders"
    ) in refused.problems
    assert refused.query("select count(*) from staging.stg_custom__orders") == [(3,)]
