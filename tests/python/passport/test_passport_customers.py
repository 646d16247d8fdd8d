"""Every customer recomputed from the raw rows is what the warehouse says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import duckdb
import pytest
from builds import Builder, Warehouse
from passport_data import (
    KEYED_TABLES,
    Compared,
    compared,
    customer_ids,
    dirty_files,
    shop_rows,
    visit_rows,
    write_rows,
)

from customer_segments.passport.comparison import TABLE_KEYS
from customer_segments.passport.population import MEASURES, Ranking, read_population
from customer_segments.passport.recompute import recomputation
from customer_segments.passport.settings import read_settings

SYSTEMS = ("online_retail", "superstore", "bank", "credit_card", "ad_clicks")

SHOP = {
    "customer_id": "client",
    "order_id": "order",
    "ordered_at": "at",
    "amount": "total",
    "refunded_amount": "refund",
    "product_id": "sku",
    "country": "land",
}
VISITS = {
    "customer_id": "user",
    "occurred_at": "at",
    "session_id": "visit",
    "event_type": "kind",
    "item": "page",
}

# Reasons that damaged cells lead to; others need lines or settings that are not made here.
REASONS = {
    *("missing_value", "invalid_number", "invalid_date", "implausible_date", "unknown_code"),
    *("amount_out_of_range", "adjustment", "no_price", "negative_price", "no_quantity"),
    *("positive_cancellation", "duplicate_line", "duplicate_id"),
}


@pytest.fixture(scope="module")
def dirty(build: Builder) -> Warehouse:
    """Damaged files of all systems, one as Parquet, and a business of one's own; other settings."""
    folder = dirty_files(build.folder / "passport_files")
    as_parquet(folder / "global_superstore/global_superstore.csv")
    sales = write_rows(folder / "sales.csv", shop_rows())
    visits = write_rows(folder / "visits.csv", visit_rows())
    visited = {"files": visits, "columns": VISITS}
    return build(
        "passport_dirty",
        data_dir=folder,
        source_systems=",".join((*SYSTEMS, "shop", "site")),
        variables={
            "custom_orders": {"source_system": "shop", "files": sales, "columns": SHOP},
            "custom_interactions": [
                {"source_system": "shop", "click_types": ["click"], **visited},
                {"source_system": "site", "impression_types": ["view"], **visited},
            ],
            "raw_format": {"superstore": "parquet"},
            "reject_duplicate_lines": True,
            "activity_window_days": 60,
            "monetary_measure": "gross_amount",
            "plausible_dates": ["1971-01-01", "2059-12-31"],
            "session_gap_minutes": 29,
            "grids": ["rf25", "rfm125"],
        },
        lineage=True,
    )


def as_parquet(path: Path) -> None:
    """Replace a CSV file by one in Parquet, every cell a text."""
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (from read_csv('{path}', all_varchar = true, header = true, quote = '\"'))"
            f" to '{path.with_suffix('.parquet')}' (format parquet)"
        )
    path.unlink()


def all_equal(found: Compared, warehouse: Warehouse, system: str) -> None:
    """No difference, and as many customers as the warehouse has."""
    assert found.differences[:20] == []
    assert len(found.customers) == warehouse.one(
        "select count(*) from marts.customers where source_system = ?", [system]
    )
    assert found.customers


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_customer_of_the_sample(sample: Warehouse, system: str) -> None:
    all_equal(compared(sample, system), sample, system)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_customer_as_of_a_date_in_the_past(past: Warehouse, system: str) -> None:
    all_equal(compared(past, system), past, system)


@pytest.mark.parametrize("system", [*SYSTEMS, "shop", "site"])
def test_every_customer_of_damaged_files_and_of_a_business_of_ones_own(
    dirty: Warehouse, system: str
) -> None:
    all_equal(compared(dirty, system), dirty, system)


@pytest.mark.parametrize("system", ["online_retail", "superstore", "bank", "ad_clicks", "shop"])
def test_one_customer_read_alone_is_the_same_as_among_all(dirty: Warehouse, system: str) -> None:
    among_all = compared(dirty, system).customers
    for customer_id in customer_ids(dirty, system, 8):
        alone = compared(dirty, system, [customer_id])
        assert alone.differences == []
        fates = [
            Counter((entry.row.table, entry.fate, entry.note) for entry in own.history.entries)
            for own in (alone.customers[customer_id], among_all[customer_id])
        ]
        assert fates[0] == fates[1]


def test_damage_leads_to_every_reason(dirty: Warehouse) -> None:
    found = {
        entry.note
        for system in SYSTEMS
        for own in compared(dirty, system).customers.values()
        for entry in own.history.entries
        if entry.fate == "rejected"
    }
    assert found == REASONS


@pytest.mark.real
@pytest.mark.parametrize("system", ["online_retail", "superstore", "bank", "credit_card"])
def test_200_customers_of_the_real_data(real: Warehouse, system: str) -> None:
    ids = customer_ids(real, system, 200)
    found = compared(real, system, ids)
    assert found.differences[:20] == []
    assert found.customers.keys() == set(ids)


def test_every_column_of_every_table_of_customers_is_recomputed(sample: Warehouse) -> None:
    tables = {table: set(columns) for table, columns in sample.query(KEYED_TABLES)}
    assert tables.keys() == TABLE_KEYS.keys()
    recomputed = {table: set() for table in TABLE_KEYS}
    for system in SYSTEMS:
        for own in compared(sample, system).customers.values():
            for table, rows in own.tables.items():
                for row in rows.values():
                    recomputed[table] |= row.keys()
    assert recomputed == tables


@pytest.mark.parametrize("system", ["online_retail", "superstore", "bank", "ad_clicks"])
def test_the_population_of_the_ranks_is_the_recomputed_one(past: Warehouse, system: str) -> None:
    """Ranks are counted over the warehouse, so what they are counted over must be right."""
    values: dict[str, Counter] = {measure: Counter() for measure in MEASURES}
    columns = dict(zip(MEASURES, ("recency_days", "order_count", "net_amount"), strict=False))
    columns["engagement"] = "active_days_90d"
    if system == "ad_clicks":
        columns |= {"frequency": "interaction_count", "engagement": "session_count"}
    for own in compared(past, system).customers.values():
        row = own.tables["customers"][""]
        if row["recency_score"].value is not None:
            for measure, column in columns.items():
                if row[column].value is not None:
                    values[measure][row[column].value] += 1
    with duckdb.connect(str(past.path), read_only=True) as connection:
        population = read_population(connection, read_settings(connection), system)
    for measure, counts in values.items():
        if not counts:
            assert measure not in population.rankings
            continue
        expected = Ranking(counts.items(), is_less_better=measure == "recency_days")
        found = population.rankings[measure]
        assert [found.rank(value) for value in counts] == [expected.rank(value) for value in counts]
        assert found.size == expected.size


def test_every_row_is_used_rejected_late_or_beside_and_numbers_rest_on_shown_rows(
    past: Warehouse,
) -> None:
    for system in SYSTEMS:
        for own in compared(past, system).customers.values():
            shown = {id(entry.row) for entry in own.history.entries}
            assert len(shown) == len(own.history.entries)
            for rows in own.tables.values():
                for row in rows.values():
                    for fact in row.values():
                        assert {id(raw) for raw in fact.rows} <= shown


def test_receipts_add_up(sample: Warehouse) -> None:
    """The raw cells that a sum names, added up by themselves, are the sum."""
    found = compared(sample, "superstore").customers
    for own in found.values():
        gross = own.tables["customer_monetary"][""]["gross_amount"]
        assert gross.value == sum(type(gross.value)(row.cells["Sales"]) for row in gross.rows)
    found = compared(sample, "bank").customers
    for own in found.values():
        facts = own.tables["customer_monetary"][""]
        for column, is_inflow in (("inflow_amount", True), ("outflow_amount", False)):
            fact = facts[column]
            assert fact.value == sum(type(fact.value)(row.cells["amount"]) for row in fact.rows)
            assert all((row.cells["type"] == "PRIJEM") == is_inflow for row in fact.rows)


def test_recomputing_says_which_source_systems_there_are(sample: Warehouse) -> None:
    with (
        duckdb.connect(str(sample.path), read_only=True) as connection,
        pytest.raises(Exception, match="Known: online_retail, superstore, bank, credit_card"),
        recomputation(connection, "online retail"),
    ):
        pass
