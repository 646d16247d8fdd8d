"""The lineage of the public tables: whole, and what reading the models says it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

import pytest
from builds import Warehouse
from lineage_truth import OTHERS, SYSTEMS, VALUES

from customer_segments.lineage import LineageRow


@pytest.fixture(scope="module")
def sources(traced) -> dict[tuple[str, str], set[str]]:
    """Sources by public column and kind."""
    found = defaultdict(set)
    for row in traced.lineage.rows:
        found[f"{row.model}.{row.column_name}", row.kind].add(
            f"{row.source_table}.{row.source_column}"
        )
    return found


def public_columns(traced) -> Collection[tuple[str, str]]:
    return {
        (node["name"], column)
        for node in traced.manifest["nodes"].values()
        if node["resource_type"] == "model" and node["access"] == "public"
        for column in node["columns"]
    }


def test_every_public_column_is_traced_without_a_problem(traced, sample: Warehouse) -> None:
    assert traced.lineage.problems == ()
    rows = {(row.model, row.column_name) for row in traced.lineage.rows}
    assert rows == public_columns(traced)
    assert rows >= {(table, name) for table, names in sample.tables.items() for name in names}


def test_lineage_waits_for_every_public_table(traced, sample: Warehouse) -> None:
    listed = {name for (name,) in sample.query("select table_name from operations.public_tables")}
    assert listed == {model for model, _ in public_columns(traced)} - {"attribute_lineage"}


@pytest.mark.parametrize("column", VALUES)
def test_a_column_is_computed_from_what_the_models_say(sources, column: str) -> None:
    assert sources[column, "value"] == VALUES[column]


@pytest.mark.parametrize(("column", "kind"), OTHERS)
def test_a_column_is_decided_by_what_the_models_say(sources, column: str, kind: str) -> None:
    assert OTHERS[column, kind] - sources[column, kind] == set()


@pytest.mark.parametrize("column", SYSTEMS)
def test_a_column_that_only_some_systems_have_comes_from_these(traced, column: str) -> None:
    systems = {
        row.source_system
        for row in traced.lineage.rows
        if f"{row.model}.{row.column_name}" == column and row.source_system
    }
    assert systems == SYSTEMS[column]


def test_raw_columns_are_those_of_the_sources(traced) -> None:
    published = {
        (node["source_name"], node["name"], column)
        for node in traced.manifest["sources"].values()
        for column in node["columns"]
    }
    raw = {row[2:5] for row in traced.lineage.rows if row.endpoint == "raw"}
    assert raw - published == set()
    # A rejected row is kept whole, so each of them is reached.
    rejected = {
        row[2:5]
        for row in traced.lineage.rows
        if (row.model, row.column_name, row.kind) == ("rejected_rows", "raw_row", "value")
    }
    assert rejected == published


def test_seeds_and_the_clock_have_no_source_system(traced) -> None:
    by_endpoint: dict[str, list[LineageRow]] = defaultdict(list)
    for row in traced.lineage.rows:
        by_endpoint[row.endpoint].append(row)
    assert by_endpoint.keys() == {"raw", "rows", "file", "seed", "clock", "earlier", "constant"}
    for endpoint in ("seed", "clock", "earlier", "constant"):
        assert {row.source_system for row in by_endpoint[endpoint]} == {None}
    assert {row.model for row in by_endpoint["clock"]} == {"build_status"}
    assert {row.model for row in by_endpoint["constant"]} == {"attribute_lineage"}
    assert {row.source_table for row in by_endpoint["earlier"]} == {"earlier_models"}
    assert {row.source_column for row in by_endpoint["rows"]} == {"count(*)"}
    assert {row.source_column for row in by_endpoint["file"]} == {"(file name)"}


def test_a_row_is_one_path_from_the_public_column_to_the_source_column(traced) -> None:
    rows = traced.lineage.rows
    assert len({row[:6] for row in rows}) == len(rows)
    models = {node["name"] for node in traced.manifest["nodes"].values()}
    for row in rows:
        first, *steps = row.path.split(" > ")
        assert first == f"{row.model}.{row.column_name}"
        assert row.depth == len(steps)
        assert 0 < len(row.transformation) <= 1000
        if steps:
            source = (row.source_system, row.source_table, row.source_column)
            assert steps[-1] == ".".join(part for part in source if part)
            assert {step.split(".")[0] for step in steps[:-1]} <= models


def test_a_transformation_is_what_an_analyst_asks_for(traced) -> None:
    found = {(f"{row.model}.{row.column_name}", *row[3:6]): row for row in traced.lineage.rows}
    net_amount = found["customer_monetary.net_amount", "global_superstore", "Sales", "value"]
    assert net_amount.path == (
        "customer_monetary.net_amount > int_customer_totals.net_amount"
        " > int_customer_days.gross_amount > int_order_customer_days.gross_amount"
        " > int_order_lines.line_amount > int_superstore_lines.line_amount"
        " > stg_superstore__order_lines.sales_amount > superstore.global_superstore.Sales"
    )
    assert net_amount.transformation.startswith(
        "int_customer_totals: cast(sum(net_amount) as decimal(38, 5)); int_order_customer_days:"
    )
    district = found["customers.district", "district", "A2", "value"]
    assert district.transformation == "stg_bank__districts: nullif(trim(a2), '')"
    usable = found["customers.market", "global_superstore", "Profit", "filter"]
    assert usable.transformation == (
        "int_superstore_attributes: where rejection_reason is null and customer_id is not null"
    )
    owner = found["customers.sex", "disp", "type", "join"]
    assert (
        owner.transformation == "int_bank_attributes: join on owners.client_id = clients.client_id"
    )
    fitted = found["segment_centroids.centroid", "online_retail", "UnitPrice", "model-fitted"]
    assert fitted.transformation == "learned by fit_insiders"
    fitted = found[
        "segment_split_centroids.centroid", "global_superstore", "Profit", "model-fitted"
    ]
    assert fitted.transformation == "learned by fit_superstore_bisecting"
    handed_on = found["build_status.started_at", "operations.builds", "started_at", "value"]
    assert handed_on.transformation == "as it stands"
