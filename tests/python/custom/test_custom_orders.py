"""What in custom orders is an order, a return, a refund, a customer, and what is rejected."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from builds import Builder, Warehouse, read_bytes, rewrite, same, shuffled
from custom_data import MARTS, Businesses, customers, totals

SHOPS: dict[str, tuple[list[str], dict[str, Any]]] = {
    # Rows of one customer with the same time stamp are one order.
    "stamps": (
        [
            "id,day,total",
            "a,2023-05-01 10:00,1",
            "a,2023-05-01 10:00:00,2",
            "a,2023-05-01 10:01,4",
            "a,2023-05-02,8",
            "b,2023-05-01 10:00,16",
        ],
        {},
    ),
    # Order numbers are of one customer; ids stay as they stand.
    "ids": (
        [
            "id,no,day,total",
            "a,1,2023-05-01,1",
            "a,1,2023-05-03,1",
            "a,01,2023-05-03,1",
            "a, 1,2023-05-03,1",
            "b,1,2023-05-01,1",
            "07,2,2023-05-01,1",
            "7,2,2023-05-01,1",
            " 7,2,2023-05-01,1",
            "7 ,2,2023-05-01,1",
            "A,2,2023-05-01,1",
            "Ä,2,2023-05-01,1",
            ",3,2023-05-04,32",
            "   ,4,2023-05-04,64",
            "late,,2023-05-01,1",
        ],
        {"more": {"order_id": "no"}},
    ),
    # Of a line there is one: the earliest that can be used.
    "lines": (
        [
            "id,line,day,total",
            "a,1,2023-05-03,100",
            "a,1,2023-05-02,1",
            "b,1,2023-05-04,200",
            "a,2,2023-05-01,x",
            "a,2,2023-05-02,2",
            "a,3,2023-05-02,4",
            "a,03,2023-05-02,8",
            "same,4,2023-05-02,16",
            "same,4,2023-05-02,16",
            "a,,2023-05-02,400",
            "z,5,2023-05-03,32",
            "a,5,2023-05-04,800",
        ],
        {"more": {"line_id": "line"}},
    ),
    "returns": (
        [
            "id,no,day,total,sku",
            "bought,1,2023-05-01,10,x",
            "bought,1,2023-05-01,10,y",
            "back,2,2023-05-01,10,x",
            "back,3,2023-05-02,-4,x",
            "back,3,2023-05-02,-1,y",
            "back,2,2023-05-03,-5,x",
            "only_back,4,2023-05-02,-7,x",
        ],
        {"more": {"order_id": "no", "product_id": "sku"}},
    ),
    "marked": (
        [
            "id,day,total,back,state",
            "a,2023-05-01,10,no,paid",
            "a,2023-05-02,3,yes,paid",
            "a,2023-05-03,-4,yes,paid",
            "a,2023-05-04,-1,no,paid",
            "b,2023-05-01,20,,paid",
            "b,2023-05-02,5,,refunded",
            "b,2023-05-03,-6,, it's back ",
            "b,2023-05-04,7,yes,refunded",
            "b,2023-05-05,9,,",
            "c,2023-05-01,11,,cancelled",
            "c,2023-05-02,13,yes,not paid",
            "c,2023-05-03,x,,cancelled",
            "c,2023-05-04,17,maybe,paid",
        ],
        {
            "more": {"is_return": "back", "status": "state"},
            "ignored_statuses": ["cancelled", "not paid"],
            "return_statuses": ["refunded", "it's back"],
        },
    ),
    "refunds": (
        [
            "id,no,day,total,given_back",
            "a,1,2023-05-01,10,3",
            "a,2,2023-05-02,10,-4",
            "a,3,2023-05-03,10,0",
            "a,4,2023-05-04,10,",
            "b,5,2023-05-01,10,10",
            "b,5,2023-05-01,10,1",
            "c,6,2023-05-01,-10,1",
            "c,7,2023-05-02,-10,0",
            "c,8,2023-05-03,10,much",
            "d,9,2023-05-03,0,2",
        ],
        {"more": {"order_id": "no", "refunded_amount": "given_back"}},
    ),
    "pieces": (
        [
            "id,day,pieces,price",
            "a,2023-05-01,3,2.5",
            "a,2023-05-02,-1,2.5",
            "a,2023-05-03,2,-0.75",
            "a,2023-05-04,0.5,0.00002",
            "b,2023-05-01,-2,-3",
            "c,2023-05-01,0,3",
            "d,2023-05-01,3,0",
            "e,2023-05-01,,3",
            "f,2023-05-01,3,",
            "g,2023-05-01,three,3",
            "h,2023-05-01,9999999999,9999999999",
            "i,2023-05-01,1,9999999999999",
        ],
        {
            "columns": {
                "customer_id": "id",
                "ordered_at": "day",
                "quantity": "pieces",
                "unit_price": "price",
            }
        },
    ),
    # With an amount, the quantity decides nothing.
    "information": (
        [
            "id,day,total,pieces",
            "a,2023-05-01,5,-3",
            "b,2023-05-01,5,0",
            "c,2023-05-01,-5,2",
            "d,2023-05-01,5,",
            "e,2023-05-01,99999999999,0.001",
        ],
        {"more": {"quantity": "pieces"}},
    ),
    "free": (
        [
            "id,day,total",
            "gift,2023-05-01,0",
            "gift,2023-05-09,0.000001",
            "both,2023-05-01,0",
            "both,2023-05-02,5",
            ",2023-05-01,0",
            "future,2023-05-02,5",
        ],
        {},
    ),
    "rates": (
        [
            "id,day,total,rate,given_back,money",
            "a,2023-05-01,10,1.25,2,USD",
            "b,2023-05-01,-100,0.0012345678,,JPY",
            "c,2023-05-01,10,1,,EUR",
            "d,2023-05-01,10,,,EUR",
            "e,2023-05-01,9999999999999,99999999,,ZWL",
            "f,2023-05-01,10,x,,EUR",
            "g,2023-05-01,10,0,,EUR",
            "h,2023-05-01,10,-1,,EUR",
        ],
        {"more": {"exchange_rate": "rate", "currency": "money", "refunded_amount": "given_back"}},
    ),
    "euros": (
        [
            "id,day,total,money",
            "a,2023-05-01,1,EUR",
            "b,2023-05-01,2,eur",
            "c,2023-05-01,4, EUR ",
            "d,2023-05-01,8,USD",
            "e,2023-05-01,16,",
        ],
        {"more": {"currency": "money"}, "only_currency": "eur"},
    ),
    "dollars": (
        ["id,day,total,money", "a,2023-05-01,1,USD", "b,2023-05-01,2,usd"],
        {"more": {"currency": "money"}},
    ),
    "homes": (
        [
            "id,day,total,land,way",
            "a,2023-05-01,1,Peru,web",
            "a,2023-05-03,1,Chile,shop",
            "a,2023-05-03,1,Brazil,web",
            "a,2023-05-04,1,,",
            "a,2023-05-05,0,Spain,fax",
            "b,2023-05-01,1, Peru ,",
            "c,2023-05-01,-1,Cuba,web",
            "d,2023-05-01,1,,",
        ],
        {"more": {"country": "land", "channel": "way"}},
    ),
    # An hour apart, in the hour that the clock repeats.
    "autumn": (
        ["id,day,total", "a,2023-10-29T00:30:00Z,1", "a,2023-10-29T01:30:00Z,2"],
        {"time_zone": "Europe/Berlin"},
    ),
    "empty": (["id,day,total"], {}),
}

# Customers: orders, purchase lines, returns, gross, returned and net amount.
COLUMNS = (
    "order_count, purchase_line_count, return_count, gross_amount, returned_amount, net_amount"
)
CUSTOMERS: dict[str, dict[str, tuple[Any, ...]]] = {
    "stamps": {"a": (3, 4, 0, 15, 0, 15), "b": (1, 1, 0, 16, 0, 16)},
    "ids": {
        "a": (3, 4, 0, 4, 0, 4),
        **dict.fromkeys(["b", "07", "7", " 7", "7 ", "A", "Ä"], (1, 1, 0, 1, 0, 1)),
    },
    "lines": {"a": (1, 4, 0, 15, 0, 15), "same": (1, 1, 0, 16, 0, 16), "z": (1, 1, 0, 32, 0, 32)},
    "returns": {
        "bought": (1, 2, 0, 20, 0, 20),
        "back": (1, 1, 2, 10, 10, 0),
        "only_back": (0, 0, 1, 0, 7, -7),
    },
    "marked": {"a": (1, 1, 3, 10, 8, 2), "b": (2, 2, 3, 29, 18, 11)},
    "refunds": {
        "a": (4, 4, 2, 40, 7, 33),
        "b": (1, 2, 1, 20, 11, 9),
        "c": (0, 0, 1, 0, 10, -10),
        "d": (0, 0, 0, 0, 0, 0),
    },
    "pieces": {
        "a": (2, 2, 2, Decimal("7.50001"), 4, Decimal("3.50001")),
        "d": (0, 0, 0, 0, 0, 0),
        "i": (1, 1, 0, 9_999_999_999_999, 0, 9_999_999_999_999),
    },
    "information": {
        "a": (1, 1, 0, 5, 0, 5),
        "b": (1, 1, 0, 5, 0, 5),
        "c": (0, 0, 1, 0, 5, -5),
        "d": (1, 1, 0, 5, 0, 5),
        "e": (1, 1, 0, 99_999_999_999, 0, 99_999_999_999),
    },
    "free": {
        "gift": (0, 0, 0, 0, 0, 0),
        "both": (1, 1, 0, 5, 0, 5),
        "future": (1, 1, 0, 5, 0, 5),
    },
    "rates": {
        "a": (1, 1, 1, Decimal("12.5"), Decimal("2.5"), 10),
        "b": (0, 0, 1, 0, Decimal("0.12346"), Decimal("-0.12346")),
        "c": (1, 1, 0, 10, 0, 10),
        "g": (0, 0, 0, 0, 0, 0),
    },
    "euros": {
        "a": (1, 1, 0, 1, 0, 1),
        "b": (1, 1, 0, 2, 0, 2),
        "c": (1, 1, 0, 4, 0, 4),
    },
    "dollars": {"a": (1, 1, 0, 1, 0, 1), "b": (1, 1, 0, 2, 0, 2)},
    "homes": {
        "a": (3, 4, 0, 4, 0, 4),
        "b": (1, 1, 0, 1, 0, 1),
        "c": (0, 0, 1, 0, 1, -1),
        "d": (1, 1, 0, 1, 0, 1),
    },
    "autumn": {"a": (2, 2, 0, 3, 0, 3)},
    "empty": {},
}
# Customer (or line) and reason of each row that is rejected.
REJECTED: dict[str, list[tuple[str, str]]] = {
    "ids": [("late", "missing_value")],
    "lines": [
        ("a", "duplicate_id"),
        ("a", "duplicate_id"),
        ("a", "invalid_number"),
        ("a", "missing_value"),
        ("b", "duplicate_id"),
        ("same", "duplicate_id"),
    ],
    "marked": [
        ("c", "ignored_status"),
        ("c", "ignored_status"),
        ("c", "invalid_flag"),
        ("c", "invalid_number"),
    ],
    "refunds": [("c", "invalid_number"), ("c", "refund_on_return"), ("d", "no_price")],
    "pieces": [
        ("b", "negative_price"),
        ("c", "no_quantity"),
        ("d", "no_price"),
        ("e", "missing_value"),
        ("f", "missing_value"),
        ("g", "invalid_number"),
        ("h", "amount_out_of_range"),
    ],
    "free": [
        ("None", "no_price"),
        ("both", "no_price"),
        ("gift", "no_price"),
        ("gift", "no_price"),
    ],
    "rates": [
        ("d", "missing_value"),
        ("e", "amount_out_of_range"),
        ("f", "invalid_number"),
        ("g", "no_price"),
        ("h", "invalid_number"),
    ],
    "euros": [("d", "other_currency"), ("e", "missing_value")],
    "homes": [("a", "no_price")],
}


@pytest.fixture(scope="module")
def shops(build: Builder) -> Businesses:
    shops = Businesses(build.folder / "custom_orders")
    for system, (lines, settings) in SHOPS.items():
        shops.orders(system, lines, **settings)
    return shops


@pytest.fixture(scope="module")
def built(build: Builder, shops: Businesses) -> Warehouse:
    return shops.build(build, "custom_orders", tests="data")


@pytest.mark.parametrize("system", CUSTOMERS)
def test_orders_returns_and_money_of_each_customer(built: Warehouse, system: str) -> None:
    assert customers(built, system, COLUMNS) == CUSTOMERS[system]


@pytest.mark.parametrize("system", SHOPS)
def test_each_row_that_is_not_used_is_kept_with_its_reason(built: Warehouse, system: str) -> None:
    found = sorted(
        (str(json.loads(raw_row)["id"]), reason)
        for raw_row, reason in built.query(
            "select raw_row, rejection_reason from marts.rejected_rows where source_system = ?",
            [system],
        )
    )
    assert found == REJECTED.get(system, [])


@pytest.mark.parametrize("system", SHOPS)
def test_every_row_is_in_the_totals(built: Warehouse, system: str) -> None:
    guests = {"ids": 2}.get(system, 0)
    count, bad = len(SHOPS[system][0]) - 1, len(REJECTED.get(system, []))
    assert totals(built, system) == (count, count - bad - guests, guests, 0, bad)


@pytest.mark.parametrize(
    ("system", "amounts"),
    [
        ("ids", (108, 11, 96, 0, 1)),
        ("lines", (1579, 63, 0, 0, 1516)),
        ("marked", (28, 13, 0, 0, 15)),
        ("refunds", (29, 32, 0, 0, -3)),
        ("rates", (Decimal("9.87654"), Decimal("19.87654"), 0, 0, -10)),
        ("euros", (31, 7, 0, 0, 24)),
        ("empty", (0, 0, 0, 0, 0)),
    ],
)
def test_every_amount_is_in_the_totals(
    built: Warehouse, system: str, amounts: tuple[Any, ...]
) -> None:
    assert totals(built, system, "amount") == amounts


def test_only_the_custom_systems_are_built(built: Warehouse) -> None:
    assert {
        system for (system,) in built.query("select source_system from marts.control_totals")
    } == (SHOPS.keys())
    assert built.query("select * from marts.control_totals where difference <> 0") == []


def test_an_order_counts_on_its_first_day_and_a_refund_on_the_day_of_the_order(
    built: Warehouse,
) -> None:
    days = built.query(
        "select source_system, customer_id, activity_date::varchar, order_count, return_count,"
        " gross_amount::int, returned_amount::int from intermediate.int_customer_days"
        " where (source_system, customer_id)"
        " in (('ids', 'a'), ('returns', 'back'), ('refunds', 'a')) order by all"
    )
    assert days == [
        ("ids", "a", "2023-05-01", 1, 0, 1, 0),
        ("ids", "a", "2023-05-03", 2, 0, 3, 0),
        ("refunds", "a", "2023-05-01", 1, 1, 10, 3),
        ("refunds", "a", "2023-05-02", 1, 1, 10, 4),
        ("refunds", "a", "2023-05-03", 1, 0, 10, 0),
        ("refunds", "a", "2023-05-04", 1, 0, 10, 0),
        ("returns", "back", "2023-05-01", 1, 0, 10, 0),
        ("returns", "back", "2023-05-02", 0, 1, 0, 5),
        ("returns", "back", "2023-05-03", 0, 1, 0, 5),
    ]


def test_recency_is_counted_from_the_last_purchase_to_the_day_after_the_last_row(
    built: Warehouse,
) -> None:
    found = customers(
        built, "returns", "as_of_date::varchar, recency_days, last_active_date::varchar"
    )
    assert found == {
        "bought": ("2023-05-04", 3, "2023-05-01"),
        "back": ("2023-05-04", 3, "2023-05-03"),
        "only_back": ("2023-05-04", None, "2023-05-02"),
    }
    assert customers(built, "ids", "recency_days")["a"] == 2
    # The guest of the 4th is a row, the gift of the 9th is not.
    assert customers(built, "free", "as_of_date::varchar, recency_days") == {
        "gift": ("2023-05-03", None),
        "both": ("2023-05-03", 1),
        "future": ("2023-05-03", 1),
    }


def test_a_product_counts_once(built: Warehouse) -> None:
    found = customers(built, "returns", "distinct_product_count")
    assert found == {"bought": 2, "back": 1, "only_back": 0}


def test_whoever_never_bought_has_no_scores(built: Warehouse) -> None:
    scores = built.query(
        "select order_count = 0, recency_score is null, frequency_score is null,"
        " monetary_score is null, engagement_score is null, rfm_code is null, count(*)"
        " from marts.customers group by all order by all"
    )
    count = sum(found[0] == 0 for system in CUSTOMERS.values() for found in system.values())
    everybody = sum(map(len, CUSTOMERS.values()))
    assert scores == [
        (False, False, False, False, False, False, everybody - count),
        (True, True, True, True, True, True, count),
    ]


def test_a_customer_lives_where_the_last_day_says(built: Warehouse) -> None:
    assert customers(built, "homes", "country, channel") == {
        "a": ("Brazil", "shop"),
        "b": ("Peru", None),
        "c": ("Cuba", "web"),
        "d": (None, None),
    }


def test_as_of_a_date_in_the_past_the_future_is_not_known(
    build: Builder, built: Warehouse, shops: Businesses
) -> None:
    dates = "homes=2023-05-03,ids=2023-05-03"
    past = shops.build(build, "custom_orders_past", as_of_date=dates, select=MARTS)
    assert past.query(
        "select customer_id, country, channel from intermediate.int_customer_attributes"
        " where source_system = 'homes' order by all"
    ) == [("a", "Peru", "web"), ("b", "Peru", None), ("c", "Cuba", "web"), ("d", None, None)]
    recency = customers(past, "homes", "as_of_date::varchar, recency_days", "customer_recency")
    assert recency["a"] == ("2023-05-03", 2)
    assert customers(past, "ids", "order_count", "customer_frequency")["a"] == 1
    assert customers(past, "ids", "net_amount", "customer_monetary")["a"] == 1
    # What comes later is after the as-of date, guest or not.
    assert totals(past, "ids") == (14, 8, 0, 5, 1)
    assert totals(past, "ids", "amount") == (108, 8, 0, 99, 1)
    others = "source_system not in ('homes', 'ids')"
    found = past.marts(where=others)
    same(
        found, {table: rows for table, rows in built.marts(where=others).items() if table in found}
    )


def test_the_order_of_rows_changes_nothing(
    build: Builder, built: Warehouse, shops: Businesses, tmp_path: Path
) -> None:
    files = [path.relative_to(shops.folder) for path in shops.folder.glob("*.csv")]
    assert len(files) == len(SHOPS)
    data = rewrite(shops.folder, tmp_path, shuffled, files)
    assert any(read_bytes(data / path) != read_bytes(shops.folder / path) for path in files)
    found = shops.build(build, "custom_orders_shuffled", data_dir=data, select=MARTS).marts()
    assert {"customer_monetary", "rejected_rows", "control_totals"} <= found.keys()
    same(found, {table: rows for table, rows in built.marts().items() if table in found})
