"""The tree of Superstore's segments: fitted in Python, walked and cut in SQL."""

from __future__ import annotations

import json
import re

import duckdb
import numpy as np
import pandas as pd
import pytest
from builds import ROOT, Warehouse
from test_segments import planted_groups

from customer_segments.clustering import fit_bisecting_segmentation

SEGMENTATION = "superstore_bisecting"


def settings_of(warehouse: Warehouse) -> dict[str, object]:
    (config,) = (
        node["config"]
        for node in warehouse.manifest["nodes"].values()
        if node["name"] == f"fit_{SEGMENTATION}"
    )
    return config


def python_labels(warehouse: Warehouse, k: int) -> pd.Series:
    """The segments of a fit in Python with that k, by customer."""
    config = settings_of(warehouse)
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        features = connection.sql("from features.features_superstore").df()
    result = fit_bisecting_segmentation(
        features, feature_names=config["features"], k=k, k_max=2, **config["parameters"]
    )
    assigned = result[result["record_kind"] == "assignment"]
    return assigned.set_index("customer_id")["segment_id"].astype(int)


def test_22_features_are_fitted_and_described(segmented):
    count, table, algorithm, words = segmented.one(
        "select feature_count, feature_table, algorithm, algorithm_documentation"
        f" from marts.segmentations where segmentation = '{SEGMENTATION}'"
    )
    assert (count, table, algorithm) == (22, "features_superstore", "bisecting_kmeans")
    assert "min_divisible_cluster_size" in words
    config = settings_of(segmented)
    assert len(set(config["features"])) == len(set(config["raw_features"])) == 22
    columns = segmented.query(
        "select column_name, comment from duckdb_columns()"
        " where schema_name = 'features' and table_name = 'features_superstore'"
    )
    assert {*config["features"], *config["raw_features"]} <= {name for name, _ in columns}
    assert [name for name, comment in columns if "Unit: " not in (comment or "")] == []


def test_every_customer_has_a_segment_in_the_wide_table(segmented):
    assert segmented.one(
        "select count(*), count(superstore_bisecting_segment),"
        " count(distinct superstore_bisecting_segment) from marts.customers"
        " where source_system = 'superstore' and order_count > 0"
    ) == (300, 300, 5)


def test_planted_groups_are_found_among_22_features(segmented):
    """Most features are about counts of orders, in which some of the planted groups are alike."""
    segment_of = dict(
        segmented.query(
            "select customer_id, segment_id from marts.customer_segments"
            f" where segmentation = '{SEGMENTATION}'"
        )
    )
    truth = planted_groups("superstore")
    pairs = pd.crosstab(pd.Series(truth), pd.Series(segment_of))
    # Each segment is nearly all of one group, and each group nearly all in one segment.
    assert (pairs.max(axis=0) / pairs.sum(axis=0) > 0.8).all()
    assert (pairs.max(axis=1) / pairs.sum(axis=1) > 0.8).all()


@pytest.mark.parametrize("k", range(1, 6))
def test_a_smaller_k_read_from_the_tree_in_sql_is_the_fit_of_python_with_that_k(segmented, k):
    expected = python_labels(segmented, k)
    read_off = pd.Series(
        dict(
            segmented.query(
                "select customer_id, dense_rank() over (order by first_segment_id)"
                " from marts.customer_segments as segments"
                " join marts.segment_splits as splits"
                " on segments.segmentation = splits.segmentation"
                " and segments.segment_id between first_segment_id and last_segment_id"
                " where k_from <= $k and (split_order is null or split_order >= $k)",
                {"k": k},
            )
        )
    )
    assert read_off.nunique() == k
    pd.testing.assert_series_equal(
        read_off.sort_index(), expected.sort_index(), check_names=False, check_index_type=False
    )


def documented_query() -> str:
    """The one that reads a smaller number of segments from the tree."""
    overview = (ROOT / "models/docs/overview.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sql\n(.*?)```", overview, re.DOTALL)
    (query,) = (block for block in blocks if "segment_splits" in block)
    return query


@pytest.mark.parametrize("k", [2, 3, 4])
def test_the_documented_query_gives_the_sizes_of_the_fit_of_python(segmented, k):
    query = documented_query()
    assert query.count(" 3") == 2
    rows = segmented.query(query.replace(" 3", f" {k}"))
    sizes = np.bincount(python_labels(segmented, k))[1:]
    assert [customers for _, _, customers in rows] == list(sizes)
    together = [name for _, names, _ in rows for name in names]
    assert len(together) == len(set(together)) == 5


def test_settings_reach_the_fit_and_the_model_card(build, segmented):
    given = {
        "max_iter": 50,
        "random_state": 4,
        "bisecting_strategy": "largest_cluster",
        "min_divisible_cluster_size": 0.6,
    }
    folder = "bisecting_settings"
    segmented.copy(build.folder / folder)
    fitted = build(
        folder,
        variables={
            "segmentation_parameters": {SEGMENTATION: given},
            "segmentation_k": {SEGMENTATION: 4},
        },
        select=f"fit_{SEGMENTATION}+",
        tests="data",
    )
    k, why, parameters = fitted.one(
        "select k, why_k, parameters from marts.segmentations where segmentation = ?",
        [SEGMENTATION],
    )
    assert json.loads(parameters) | given == json.loads(parameters)
    # All customers can be divided, no half of them has .6.
    assert (k, why.startswith("k = 4 is fixed by the user; no leaf divides, so 2")) == (2, True)


def test_a_setting_that_is_out_of_range_stops_the_build_with_what_it_may_be(build, segmented):
    folder = "bisecting_refused"
    segmented.copy(build.folder / folder)
    failed = build(
        folder,
        source_systems="superstore",
        variables={"segmentation_parameters": {SEGMENTATION: {"bisecting_strategy": "best"}}},
        select=f"fit_{SEGMENTATION}",
        fails=True,
    )
    assert "bisecting_strategy must be one of biggest_inertia, largest_cluster" in failed.output


def test_a_broken_tree_is_noticed(build, segmented):
    path = segmented.copy(build.folder / "bisecting_damaged")
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "update marts.segment_splits set customer_count = customer_count + 1 where node_id = 2"
        )
        # One customer walks to another leaf.
        connection.execute(
            "update segmentation.segment_memberships set segment_id = segment_id % 5 + 1"
            f" where segmentation = '{SEGMENTATION}' and customer_id ="
            " (select min(customer_id) from segmentation.segment_memberships"
            f" where segmentation = '{SEGMENTATION}')"
        )
    checked = build(
        "bisecting_damaged",
        select="each_split_divides_its_customers sql_assigns_as_python_does",
        tests="only",
        fails=True,
    )
    failed = set(re.findall(r"of \d+ FAIL \d+ (\w+)", checked.output))
    assert failed == {"each_split_divides_its_customers", "sql_assigns_as_python_does"}


@pytest.mark.real
def test_verdict_on_the_real_data(real):
    k, has_structure, customers, silhouette, stability, why = real.one(
        "select k, has_structure, customer_count, silhouette, stability, why_k"
        f" from marts.segmentations where segmentation = '{SEGMENTATION}'"
    )
    assert (k, has_structure, customers) == (5, True, 1_590)
    assert silhouette == pytest.approx(0.111, abs=0.005)
    assert stability == pytest.approx(0.808, abs=0.01)
    assert "no admissible k in 3..8 with prediction strength >= 0.8" in why
    first, second = real.query(
        "select customer_count from marts.segment_splits where parent_node_id = 1 order by node_id"
    )
    assert first + second == (805, 785)


@pytest.mark.real
def test_the_first_split_parts_the_two_ids_of_a_name(real):
    """In the published data every name has one id with many orders and one with few."""
    parted = real.query(
        "select customer_name from marts.customers"
        " join marts.customer_segments as segments using (source_system, customer_id)"
        " join marts.segment_splits as splits using (segmentation, source_system)"
        f" where segmentation = '{SEGMENTATION}' and node_id = 2"
        " group by customer_name having min(segments.segment_id <= last_segment_id)"
        " <> max(segments.segment_id <= last_segment_id)"
    )
    assert len(parted) == 779


@pytest.mark.real
def test_the_features_of_the_real_data_are_what_the_raw_file_says(real, real_data):
    with duckdb.connect() as connection:
        raw = connection.execute(
            f"""
            with lines as (
                select
                    *,
                    strptime(replace("Order Date", '-', '/'), '%d/%m/%Y')::date as ordered,
                    strptime(replace("Ship Date", '-', '/'), '%d/%m/%Y')::date as shipped
                from read_csv(
                    '{real_data}/global_superstore/*.csv.gz', all_varchar = true
                )
            )
            select
                "Customer ID",
                count(distinct "Order ID") filter ("Category" = 'Furniture'),
                count(distinct "Order ID") filter ("Order Priority" = 'Critical'),
                count(distinct "Order ID") filter ("Ship Mode" = 'First Class'),
                sum("Quantity"::integer),
                round(avg("Discount"::double), 6),
                round(sum("Profit"::decimal(18, 5))::double / sum("Sales"::decimal(18, 5)), 6),
                round(avg(shipped - ordered) filter (shipped < date '2015-01-01'), 6)
            from lines
            group by all
            order by all
            """
        ).fetchall()
    found = real.query(
        "select customer_id, furniture_order_count, critical_priority_order_count,"
        " first_class_order_count, unit_count, mean_discount_rate, profit_margin,"
        " mean_shipping_delay_days from features.features_superstore order by all"
    )
    assert len(found) == len(raw) == 1_590
    for row, expected in zip(found, raw, strict=True):
        assert row[:4] == expected[:4]
        assert [float(value) for value in row[4:]] == pytest.approx(expected[4:], abs=2e-6)
