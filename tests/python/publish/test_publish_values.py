"""Every public table arrives as it is: values, types, keys, comments."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

import pytest
from builds import Warehouse
from postgresql import MakeWarehouse, Target
from psycopg import sql

from customer_segments.publish import PublishError
from customer_segments.publish.publisher import publish
from customer_segments.warehouse import connect

COLUMNS = """
select table_name, column_name, upper(data_type), numeric_precision, numeric_scale,
    is_nullable = 'YES',
    col_description(format('%I.%I', table_schema, table_name)::regclass, ordinal_position)
from information_schema.columns where table_schema = 'marts' and table_name <> 'publications'
order by table_name, ordinal_position
"""

WAREHOUSE_COLUMNS = """
select table_name, column_name, data_type, numeric_precision, numeric_scale, is_nullable,
    trim(comment, chr(10))
from duckdb_columns() where schema_name = 'marts' order by table_name, column_index
"""

SPELLED = {
    "VARCHAR": "TEXT",
    "DOUBLE": "DOUBLE PRECISION",
    "TIMESTAMP": "TIMESTAMP WITHOUT TIME ZONE",
}

KEYS = """
select conrelid::regclass::text, array(
    select attname::text from unnest(conkey) with ordinality as keys (number, position)
    join pg_attribute on attrelid = conrelid and attnum = number order by position
)
from pg_constraint where connamespace = 'marts'::regnamespace and contype in ('p', 'u')
"""


def described(rows: list[tuple]) -> list[tuple]:
    """Columns, with one spelling of types; precision is said of decimals only."""
    found = []
    for table, name, data_type, precision, scale, *rest in rows:
        kind = "NUMERIC" if data_type.startswith("DECIMAL") else SPELLED.get(data_type, data_type)
        numbers = (precision, scale) if kind == "NUMERIC" else None
        found.append((table, name, kind, numbers, *rest))
    return found


def test_every_public_table_arrives(sample: Warehouse, target: Target) -> None:
    with connect(sample.path, read_only=True) as warehouse:
        done = publish(warehouse, "marts")
        tables = {*sample.tables, "build_status", "attribute_lineage"}
        assert done.row_counts.keys() == tables
        for table in tables:
            expected = warehouse.execute(f"from marts.{table}").fetchall()
            found = target.query(f"select * from marts.{table}")
            assert Counter(found) == Counter(expected), table
            assert done.row_counts[table] == len(expected)
        expected = described(warehouse.execute(WAREHOUSE_COLUMNS).fetchall())
    found = described(target.query(COLUMNS))
    # What is a view in the warehouse cannot say `not null`; here it is a table with a key.
    assert found == [(*it[:4], it[4], it[5]) for it in expected]


def test_keys_are_those_that_dbt_tests(sample: Warehouse, target: Target) -> None:
    with connect(sample.path, read_only=True) as warehouse:
        publish(warehouse, "marts")
    tested = {
        (node["attached_node"].split(".")[-1], tuple(node["test_metadata"]["kwargs"]["key"]))
        for node in sample.manifest["nodes"].values()
        if node["resource_type"] == "test"
        and node.get("test_metadata", {}).get("name") == "unique_key"
    }
    keys = {
        table.removeprefix("marts."): tuple(columns)
        for table, columns in target.query(KEYS)
        if table != "marts.publications"
    }
    assert keys.pop("build_status") == ("build_id",)
    assert keys.keys() == sample.tables.keys() | {"attribute_lineage"}
    assert set(keys.items()) <= tested


TEXTS = [
    "",
    None,
    "null",
    "NULL",
    "\\N",
    "\\.",
    '"',
    '""',
    "a,b",
    "it's",
    "line\nline\r\nline\r",
    " tab\t ",
    "Łódź €",
    "🙂👩‍👩‍👧",
    "\ufeffmark",
    "\\x41",
]


def test_text_is_the_same_to_the_character(small: MakeWarehouse, target: Target) -> None:
    literals = ", ".join(
        f"({number}, {sql.Literal(text).as_string() if text is not None else 'null'})"
        for number, text in enumerate(TEXTS)
        if "\\" not in (text or "")
    )
    warehouse = small(more={"texts": f"from (values {literals}) texts (number, words)"})
    for number, text in enumerate(TEXTS):
        if "\\" in (text or ""):
            warehouse.execute("insert into marts.texts values (?, ?)", [number, text])
    publish(warehouse, "marts")
    assert dict(target.query("select * from marts.texts")) == dict(enumerate(TEXTS))


def test_a_character_that_postgresql_cannot_hold_is_replaced(
    small: MakeWarehouse, target: Target
) -> None:
    publish(small(more={"broken": "select 'a' || chr(0) || 'b' as words"}), "marts")
    assert target.query("select * from marts.broken") == [("a\ufffdb",)]


VALUES = [
    ("boolean", "boolean", "true", True),
    ("tinyint", "smallint", "-128", -128),
    ("smallint", "smallint", "-32768", -32768),
    ("integer", "integer", "-2147483648", -2147483648),
    ("bigint", "bigint", "-9223372036854775808", -9223372036854775808),
    ("hugeint", "numeric", "-170141183460469231731687303715884105728", Decimal(-(2**127))),
    ("utinyint", "smallint", "255", 255),
    ("usmallint", "integer", "65535", 65535),
    ("uinteger", "bigint", "4294967295", 4294967295),
    ("ubigint", "numeric", "18446744073709551615", Decimal(2**64 - 1)),
    ("uhugeint", "numeric", f"'{2**128 - 1}'", Decimal(2**128 - 1)),
    ("float", "real", "3.4028235e38", 3.4028235e38),
    ("double", "double precision", "0.1::double + 0.2::double", 0.1 + 0.2),
    ("double", "double precision", "5e-324", 5e-324),
    ("double", "double precision", "'-inf'", float("-inf")),
    ("decimal(38,38)", "numeric", "'0." + "1" * 38 + "'", Decimal("0." + "1" * 38)),
    ("decimal(38,0)", "numeric", "'" + "9" * 38 + "'", Decimal("9" * 38)),
    ("decimal(4,2)", "numeric", "-1.50", Decimal("-1.50")),
    ("json", "json", """'{"a":  "\\u00e9\\"", "b": [1]}'""", {"a": 'é"', "b": [1]}),
    ("uuid", "uuid", f"'{UUID(int=7)}'", UUID(int=7)),
    ("date", "date", "'0001-01-01'", date(1, 1, 1)),
    ("date", "date", "'9999-12-31'", date(9999, 12, 31)),
    ("time", "time without time zone", "'23:59:59.999999'", time(23, 59, 59, 999999)),
    ("timestamp", "timestamp without time zone", "'1969-12-31 23:59:59.999999'",
     datetime(1969, 12, 31, 23, 59, 59, 999999)),
    ("timestamp_s", "timestamp without time zone", "'2026-02-03 04:05:06'",
     datetime(2026, 2, 3, 4, 5, 6)),
    ("timestamp_ms", "timestamp without time zone", "'2026-02-03 04:05:06.789'",
     datetime(2026, 2, 3, 4, 5, 6, 789000)),
    ("enum('a', 'b')", "text", "'b'", "b"),
]  # fmt: skip


def test_every_type_has_one_that_holds_it(small: MakeWarehouse, target: Target) -> None:
    columns = ", ".join(
        f"cast({value} as {kind}) as c{number}" for number, (kind, _, value, _) in enumerate(VALUES)
    )
    nulls = ", ".join("null" for _ in VALUES)
    publish(small(more={"types": f"select {columns} union all select {nulls}"}), "marts")
    row, nothing = target.query("select * from marts.types order by c0")
    assert [(VALUES[number][0], value) for number, value in enumerate(row)] == [
        (kind, value) for kind, _, _, value in VALUES
    ]
    assert set(nothing) == {None}
    types = target.query(
        "select data_type from information_schema.columns where table_name = 'types'"
        " order by ordinal_position"
    )
    assert [data_type for (data_type,) in types] == [kind for _, kind, _, _ in VALUES]
    numeric = target.query(
        "select numeric_precision, numeric_scale from information_schema.columns"
        " where table_name = 'types' and data_type = 'numeric' order by ordinal_position"
    )
    assert numeric == [(39, 0), (20, 0), (39, 0), (38, 38), (38, 0), (4, 2)]


@pytest.mark.parametrize("kind", ["timestamp_ns", "integer[]", "struct(a integer)", "blob"])
def test_a_type_without_an_exact_one_is_refused(
    small: MakeWarehouse, target: Target, kind: str
) -> None:
    with pytest.raises(PublishError, match=r"has no type that holds: odd\.thing "):
        publish(small(more={"odd": f"select cast(null as {kind}) as thing"}), "marts")
    assert target.relations() == set()


def test_a_key_with_nulls_counts_them_as_equal(small: MakeWarehouse, target: Target) -> None:
    keys = {"pairs": ["a", "b"]}
    publish(small(more={"pairs": "select 1 as a, null::integer as b"}, keys=keys), "marts")
    assert target.query("select * from marts.pairs") == [(1, None)]
    twice = "from (values (1, null::integer), (1, null)) pairs (a, b)"
    with pytest.raises(
        PublishError, match=r"could not create unique index.*Key \(a, b\)=\(1, null\)"
    ):
        publish(small(more={"pairs": twice}, keys=keys), "marts")


def test_an_empty_table_arrives(small: MakeWarehouse, target: Target) -> None:
    publish(small(rows=0), "marts")
    assert target.query("select count(*) from marts.customers") == [(0,)]
    assert target.query("select as_of_dates from marts.publications") == [("",)]


def test_names_that_postgresql_would_cut_are_refused(small: MakeWarehouse, target: Target) -> None:
    name = "c" * 55
    with pytest.raises(PublishError, match=f"more than 54 bytes: {name}"):
        publish(small(more={"long": f"select 1 as {name}"}), "marts")
