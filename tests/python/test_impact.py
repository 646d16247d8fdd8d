"""`make impact`: what depends on a raw column."""

from __future__ import annotations

import re

import duckdb
import pytest
from builds import Warehouse

from customer_segments import impact


@pytest.fixture
def connection(sample: Warehouse):
    with duckdb.connect(str(sample.path), read_only=True) as connection:
        yield connection


def section(text: str, title: str) -> dict[str, str]:
    """The lines below a title, by their first words."""
    (block,) = (block for block in text.split("\n\n") if block.startswith(title))
    rows = (re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in block.splitlines()[1:])
    return {name: rest[0] if rest else "" for name, *rest in rows}


def test_a_price_is_in_all_money_and_in_the_segments_by_money(connection) -> None:
    text = impact.report(connection, "online_retail.online_retail.UnitPrice")
    computed = section(text, "value: ")
    assert computed["customer_monetary"].split(", ") == [
        "gross_amount",
        "mean_order_amount",
        "net_amount",
        "net_amount_365d",
        "product_returned_amount",
        "return_rate",
        "returned_amount",
    ]
    assert computed.keys() & {"customer_recency", "customer_frequency", "build_status"} == set()
    assert section(text, "model-fitted: ")["segment_centroids"] == "every column"
    segmentations = section(text, "segmentations and grids")
    assert "value" in segmentations["rfm_kmeans"]
    assert "value" not in segmentations["rf25"]
    assert "rfe_kmeans" not in segmentations
    assert "Choosing k" in section(text, "exposures")


def test_a_district_is_told_of_customers_and_only_decides_rows_of_segmentations(connection) -> None:
    text = impact.report(connection, "bank.district.A2")
    assert section(text, "value: ") == {"customers": "district", "rejected_rows": "raw_row, row_id"}
    segmentations = section(text, "segmentations and grids")
    # An account's district says what people earn there, so a district that is not usable matters.
    assert segmentations.keys() == {"bank_sequences", "rfm_kmeans"}
    assert not any("value" in kinds for kinds in segmentations.values())
    assert "Customer passport" in section(text, "exposures")


def test_a_permanent_order_leads_to_no_segmentation(connection) -> None:
    text = impact.report(connection, "bank.order.bank_to")
    assert section(text, "value: ") == {"rejected_rows": "raw_row, row_id"}
    assert section(text, "segmentations and grids") == {"none": ""}


def test_a_seed_is_named_by_itself(connection) -> None:
    text = impact.report(connection, "grid_rf25.segment_name")
    assert section(text, "value: ").keys() == {
        "customer_grid_segments",
        "customer_segments_monthly",
        "customers",
        "segment_ledger",
        "segment_migrations",
    }
    assert section(text, "segmentations and grids").keys() == {"rf25"}


def test_the_query_in_the_answer_finds_the_same(connection) -> None:
    text = impact.report(connection, "superstore.global_superstore.Sub-Category")
    found = connection.execute(text.splitlines()[-1]).fetchall()
    (count,) = re.findall(r"^value: (\d+)", text, re.MULTILINE)
    assert len({row[:2] for row in found if row[5] == "value"}) == int(count)


def test_case_does_not_matter(connection) -> None:
    found = impact.report(connection, "ONLINE_RETAIL.online_retail.unitprice")
    assert found.startswith("online_retail.online_retail.UnitPrice\n")


def test_what_is_no_raw_column_is_refused_with_what_looks_like_it(
    sample: Warehouse, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WAREHOUSE_PATH", str(sample.path))
    monkeypatch.setenv("COLUMN", "online_retail.online_retail.Price")
    assert impact.main() == 2
    error = capsys.readouterr().err
    assert "No public column depends on `online_retail.online_retail.Price`" in error
    assert "Near to it: online_retail.online_retail.UnitPrice" in error
    monkeypatch.setenv("COLUMN", "")
    assert impact.main() == 2
    assert "Usage: make impact COLUMN=" in capsys.readouterr().err
