"""The same orders give the same tables wherever they are and whatever types they have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from builds import Builder, Warehouse, same
from custom_data import (
    EVERY_LINE,
    MARTS,
    SALES,
    VISITS,
    Businesses,
    Entry,
    csv_lines,
    sales,
    totals,
    visits,
)

ODD_NAME = 'it\'s "my".orders'

# Types that a tool may give the columns; text is what the file has.
COLUMNS = ["client", "order", "at", "total", "is_back", "refund", "sku", "land"]
TYPES = {
    "typed": ["bigint", "bigint", "timestamp", "decimal(12, 2)", "boolean", "decimal(9, 4)"],
    # What pandas makes of numbers with gaps.
    "floating": ["double", "double", "date", "double", "boolean::int", "double"],
    "small": [
        "smallint",
        "utinyint",
        "timestamp_ns",
        "decimal(38, 10)",
        "boolean::double",
        "float",
    ],
    "moments": ["bigint", "bigint", "timestamptz", "decimal(12, 2)", "boolean", "decimal(9, 4)"],
    "text": ["varchar"] * 6,
}
# A table of the warehouse and how it is named.
TABLES: dict[str, Any] = {
    "plain": "orders",
    "schema": "shop.orders",
    "database": "warehouse.shop.orders",
    "listed": ["odd.schema", ODD_NAME],
}


def typed(types: str, file: Path) -> str:
    """Return a query for the file's rows in these types."""
    columns = zip(COLUMNS, [*TYPES[types], "varchar", "varchar"], strict=True)
    cells = ", ".join(f'"{name}"::{data_type} as "{name}"' for name, data_type in columns)
    return (
        f"select {cells} from read_csv('{file}', all_varchar = true, header = true, quote = '\"')"
    )


def nested(row: Entry) -> Entry:
    """Return the row as an API might, with null where there is nothing."""
    return {
        "customer": {"id": row["client"], "home": {"land/region": row["land"]}},
        "order": row["order"],
        "at": row["at"].isoformat(),
        "money": {
            "total": float(row["total"]),
            "back": None if row["refund"] is None else int(row["refund"]),
        },
        "is/back": row["is_back"],
        "~sku": row["sku"],
    }


@pytest.fixture(scope="module")
def shops(build: Builder) -> Businesses:
    """The rows of sales() as businesses of their own, each at another place."""
    shops = Businesses(build.folder / "custom_places")
    rows = sales()
    shops.orders("csv", csv_lines(rows), columns=SALES)
    file = shops.folder / "csv_orders.csv"

    def place(system: str, **settings: Any) -> None:
        shops.orders(system, columns=settings.pop("columns", SALES), **settings)

    place("packed", files=shops.write("packed.csv.gz", csv_lines(rows)))
    place("tabs", files=shops.write("tabs.tsv", csv_lines(rows, "\t")))
    text = "\ufeff" + "\r\n".join(csv_lines(rows, ";"))
    place("semicolons", files=shops.write("semicolons.txt", text), delimiter=";")

    # Several files: columns in another order, one more column, packed or not.
    shops.write("part/1.csv", csv_lines(rows[:100]))
    shops.write("part/2.csv.gz", csv_lines([dict(reversed(row.items())) for row in rows[100:300]]))
    shops.write("part/3.csv", csv_lines([{"note": "x", **row} for row in rows[300:]]))
    place("parts", files="part/*.csv*")
    place("absolute", files=str(shops.folder / "part" / "[0-9].*"))

    lines = [json.dumps(row | {"total": float(row["total"])}, default=str) for row in rows]
    place("json", files=shops.write("rows.jsonl", lines))
    lines = [json.dumps(nested(row), ensure_ascii=False) for row in rows]
    mapping = {
        "customer_id": "/customer/id",
        "order_id": "order",
        "ordered_at": "at",
        "amount": "/money/total",
        "is_return": "is/back",
        "refunded_amount": "/money/back",
        "product_id": "~sku",
        "country": "/customer/home/land~1region",
    }
    place("nested", files=shops.write("nested.ndjson.gz", lines), columns=mapping)

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        # Formats are for text.
        formats = {"decimal_mark": ",", "date_formats": ["%d/%m/%Y"], "time_zone": "UTC"}
        for types in ["typed", "floating", "small", "moments"]:
            connection.execute(f"copy ({typed(types, file)}) to '{shops.folder}/{types}.parquet'")
            place(types, files=f"{types}.parquet", **formats)
        # Two Parquet files with columns in another order and of other types.
        (shops.folder / "parquet").mkdir()
        for number, types in enumerate(["typed", "floating"]):
            query = f"select {'land, * exclude (land)' if number else '*'} from"
            query += f" ({typed(types, file)}) where (client is null or client % 2 = 0) ="
            query += f" ({number} = 0)"
            connection.execute(f"copy ({query}) to '{shops.folder}/parquet/{number}.parquet'")
        place("parquets", files="parquet/*.parquet")

    (build.folder / "custom_places").mkdir(exist_ok=True)
    with duckdb.connect(str(build.folder / "custom_places" / "warehouse.duckdb")) as connection:
        connection.execute("create schema shop")
        connection.execute('create schema "odd.schema"')
        names = ["main.orders", "shop.orders", '"odd.schema"."it\'s ""my"".orders"']
        for name, types in zip(names, ["text", "typed", "floating"], strict=True):
            connection.execute(f"create table {name} as {typed(types, file)}")
        connection.execute("create type land as enum ('Peru', 'Chile, north', 'the \"south\"')")
        connection.execute("alter table shop.orders alter land set data type land")
    for system, table in TABLES.items():
        place(system, table=table)

    with duckdb.connect(str(shops.folder / "it's crm.duckdb")) as connection:
        connection.execute(f"create table orders as {typed('typed', file)}")
        connection.execute("create schema web")
        connection.execute("create view web.sales as from orders")
    place("attached", table="orders", attach="it's crm.duckdb")
    place("attached_view", table="web.sales", attach=str(shops.folder / "it's crm.duckdb"))

    # The interactions of another business, as text, typed, as JSON and as a table.
    shops.interactions("web_csv", csv_lines(visits()), columns=VISITS)
    shops.write("visits.jsonl", [json.dumps(row, default=str) for row in visits()])
    shops.interactions("web_json", files="visits.jsonl", columns=VISITS)
    query = f"from read_csv('{shops.folder}/web_csv_interactions.csv', header = true)"
    duckdb.sql(f"copy ({query}) to '{shops.folder}/visits.parquet'")
    shops.interactions("web_parquet", files="visits.parquet", columns=VISITS)
    with duckdb.connect(str(shops.folder / "web.duckdb")) as connection:
        connection.execute(f"create table visits as {query}")
    shops.interactions("web_table", table="visits", attach="web.duckdb", columns=VISITS)
    return shops


@pytest.fixture(scope="module")
def built(build: Builder, shops: Businesses) -> Warehouse:
    built = shops.build(build, "custom_places", select=MARTS)
    every_line = f"{EVERY_LINE} {EVERY_LINE.replace('orders', 'interactions')}"
    shops.build(build, "custom_places", select=every_line, tests="only")
    return built


def rows_of(built: Warehouse, system: str) -> dict[str, Any]:
    without = ["source_system", "source_file", "row_id", "raw_row"]
    tables = built.marts(without, where=f"source_system = '{system}'")
    return {
        table: rows for table, rows in tables.items() if table.startswith(("cust", "con", "rej"))
    }


def test_orders_are_the_same_wherever_they_are(built: Warehouse, shops: Businesses) -> None:
    expected = rows_of(built, "csv")
    assert len(expected["customer_monetary"]) > 60 and len(expected["rejected_rows"]) == 15
    systems = [entry["source_system"] for entry in shops.variables["custom_orders"]]
    assert len(systems) == 19
    for system in systems:
        same(rows_of(built, system), expected)


def test_interactions_are_the_same_wherever_they_are(built: Warehouse) -> None:
    expected = rows_of(built, "web_csv")
    assert len(expected["customer_engagement"]) > 60
    for system in ["web_json", "web_parquet", "web_table"]:
        same(rows_of(built, system), expected)


def test_each_row_names_where_it_stood(built: Warehouse, shops: Businesses) -> None:
    found: dict[str, set[str]] = {}
    for system, source_file in built.query(
        "select distinct source_system, source_file from staging.stg_custom__orders"
    ):
        found.setdefault(system, set()).add(source_file)
    assert found["csv"] == {"csv_orders.csv"}
    assert found["absolute"] == found["parts"] == {"part/1.csv", "part/2.csv.gz", "part/3.csv"}
    assert found["parquets"] == {"parquet/0.parquet", "parquet/1.parquet"}
    assert found["nested"] == {"nested.ndjson.gz"}
    assert found["schema"] == {"shop.orders"}
    assert found["database"] == {"warehouse.shop.orders"}
    assert all("orders" in name for name in found["listed"] | found["plain"] | found["attached"])


def test_a_rejected_row_is_kept_as_published(built: Warehouse) -> None:
    def first(system: str) -> Any:
        return min(
            (
                json.loads(raw_row)
                for (raw_row,) in built.query(
                    "select raw_row from marts.rejected_rows where source_system = ?", [system]
                )
            ),
            key=lambda row: str(row["at"]),
        )

    row = min((row for row in sales() if row["total"] == 0), key=lambda row: row["at"])
    empty = {name: None if value in ("", None) else str(value) for name, value in row.items()}
    assert first("csv") == empty
    assert first("nested") == nested(row)
    assert first("typed")["client"] == row["client"]
    assert first("parts").items() >= empty.items()


def test_an_attached_file_is_left_as_it_was(shops: Businesses, built: Warehouse) -> None:
    with duckdb.connect(str(shops.folder / "it's crm.duckdb")) as connection:
        assert connection.execute("select count(*) from orders").fetchone() == (600,)
        tables = connection.execute("select table_name from information_schema.tables").fetchall()
        assert sorted(tables) == [("orders",), ("sales",)]


def test_a_model_is_read_like_any_table_and_systems_are_named_side_by_side(build: Builder) -> None:
    lines = Businesses(build.folder / "custom_model")
    lines.orders(
        "mine",
        model="stg_superstore__order_lines",
        columns={
            "customer_id": "customer_id",
            "order_id": "order_id",
            "ordered_at": "order_date",
            "amount": "sales_amount",
            "product_id": "product_id",
            "country": "country",
        },
    )
    # A business that is not named is not built.
    lines.orders("other", ["id,day,total", "a,2023-05-01,5"])
    built = lines.build(
        build, "custom_model", data_dir=None, source_systems="mine,superstore", select=MARTS
    )
    found = rows_of(built, "mine")
    expected = rows_of(built, "superstore")
    for tables in (found, expected):
        # The table has another name, and other raw rows.
        for table in ("control_totals", "rejected_rows"):
            del tables[table]
    same(found, expected)
    systems = built.query("select distinct source_system from marts.control_totals order by all")
    assert systems == [("mine",), ("superstore",)]
    assert totals(built, "mine")[1] == totals(built, "superstore", table="global_superstore")[1]
