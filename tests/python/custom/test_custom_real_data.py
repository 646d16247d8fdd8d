"""The real data sets, read by a mapping alone, are what the models made for them say they are."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from builds import Builder, Warehouse
from custom_data import MARTS, Businesses, customers, totals

pytestmark = pytest.mark.real

COLUMNS = {
    "customer_recency": "recency_days, last_purchase_date, tenure_days, as_of_date",
    "customer_frequency": "order_count, order_count_365d, purchase_line_count, active_day_count",
    "customer_monetary": "gross_amount, returned_amount, net_amount, net_amount_365d, return_count",
    "customer_scores": "recency_score, frequency_score, monetary_score, engagement_score",
}


@pytest.fixture(scope="module")
def built(build: Builder, real_data: Path) -> Warehouse:
    shops = Businesses(real_data)
    shops.orders(
        "my_retail",
        files="online_retail/online_retail.csv.gz",
        columns={
            "customer_id": "CustomerID",
            "order_id": "InvoiceNo",
            "ordered_at": "InvoiceDate",
            "quantity": "Quantity",
            "unit_price": "UnitPrice",
            "product_id": "StockCode",
            "product_name": "Description",
            "country": "Country",
        },
    )
    shops.orders(
        "my_store",
        files="global_superstore/*.csv.gz",
        columns={
            "customer_id": "Customer ID",
            "order_id": "Order ID",
            "line_id": "Row ID",
            "ordered_at": "Order Date",
            "amount": "Sales",
            "quantity": "Quantity",
            "product_id": "Product ID",
            "country": "Country",
        },
        date_formats=["%d/%m/%Y", "%d-%m-%Y"],
    )
    systems = "online_retail,superstore,my_retail,my_store"
    return shops.build(build, "custom_real", source_systems=systems, select=MARTS)


@pytest.mark.parametrize(
    ("mine", "published", "count"),
    [("my_retail", "online_retail", 4_372), ("my_store", "superstore", 1_590)],
)
@pytest.mark.parametrize("table", COLUMNS)
def test_every_customer_is_the_same(
    built: Warehouse, mine: str, published: str, count: int, table: str
) -> None:
    expected = customers(built, published, COLUMNS[table], table)
    assert len(expected) == count
    found = customers(built, mine, COLUMNS[table], table)
    assert found.keys() == expected.keys()
    other = {name: (found[name], expected[name]) for name in found if found[name] != expected[name]}
    assert other == {}


def test_rows_and_money_are_the_same(built: Warehouse) -> None:
    for measure in ["rows", "amount"]:
        assert totals(built, "my_store", measure) == totals(
            built, "superstore", measure, "global_superstore"
        )
        # Three entries about bad debt: adjustments there, rows of nobody here.
        adjusted = {"rows": 3, "amount": Decimal("-11062.06")}[measure]
        total, used, guest, after, rejected = totals(
            built, "online_retail", measure, "online_retail"
        )
        expected = (total, used, guest + adjusted, after, rejected - adjusted)
        assert totals(built, "my_retail", measure) == expected
    assert totals(built, "my_retail")[0] == 541_909


def test_a_customer_lives_in_the_same_country(built: Warehouse) -> None:
    countries = built.query(
        "select source_system, customer_id, country from intermediate.int_customer_attributes"
    )
    homes = {(system, customer): country for system, customer, country in countries}
    for mine, published in [("my_retail", "online_retail"), ("my_store", "superstore")]:
        assert {name: home for (system, name), home in homes.items() if system == mine} == {
            name: home for (system, name), home in homes.items() if system == published
        }
