"""Card holders end to end: imputed in SQL, segmented in a contest, named by the playbook."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from builds import Builder, Warehouse
from threadpoolctl import threadpool_limits

from customer_segments.clustering.choosing_k import fit_all
from customer_segments.clustering.preparation import mean_and_scale, split_by_system
from customer_segments.passport.recompute import recomputation

SEGMENTATION = "card_autoencoder"
SETTINGS = {"segmentation_k_max": 8, "candidate_search": "chosen"}
BORROWED = "Cash Borrowers"


@pytest.fixture(scope="module")
def segmented(build: Builder) -> Warehouse:
    """Card holders alone, with the published method beside the baseline."""
    return build(
        "cards", source_systems="credit_card", variables=SETTINGS, tests="data", lineage=True
    )


@pytest.fixture(scope="module")
def real_segmented(build: Builder, real_data: Path) -> Warehouse:
    return build(
        "real_cards",
        data_dir=real_data,
        source_systems="credit_card",
        variables=SETTINGS,
        tests="data",
    )


def config_of(warehouse: Warehouse) -> dict[str, object]:
    (config,) = (
        node["config"]
        for node in warehouse.manifest["nodes"].values()
        if node["name"] == f"fit_{SEGMENTATION}"
    )
    return config


def compiled(warehouse: Warehouse, model: str) -> str:
    (path,) = warehouse.target.glob(f"compiled/*/models/segmentation/{model}.sql")
    return path.read_text(encoding="utf-8")


@contextmanager
def cut_into(warehouse: Warehouse, folder: Path) -> Iterator[Callable[[int], dict[str, float]]]:
    """Cut into any number of segments, profiled and named by the SQL of the build.

    What it gives is a function of the number: by name, the median cash advance less the median
    amount of purchases.
    """
    with duckdb.connect(str(warehouse.copy(folder))) as connection:
        features = connection.sql("from features.features_credit_card").df()
        names = config_of(warehouse)["features"]

        (system,) = split_by_system(features, names, ())
        mean, scale = mean_and_scale(system.features)
        points = (system.features - mean) / scale

        def named(k: int) -> dict[str, float]:
            with threadpool_limits(limits=1):
                labels = fit_all(points, [k], 0)[k].labels_
            assigned = pd.DataFrame(
                {"customer_id": system.customer_id.to_pylist(), "segment_id": labels + 1}
            )
            connection.register("assigned", assigned)
            connection.execute(
                "update segmentation.segment_memberships as old"
                " set segment_id = assigned.segment_id"
                " from assigned where assigned.customer_id = old.customer_id"
            )
            for model in ("segment_profiles", "segment_names"):
                connection.execute(
                    f"create or replace table segmentation.{model} as {compiled(warehouse, model)}"
                )
            return dict(
                connection.execute(
                    "select segment_name, median(cash_advance) - median(purchases)"
                    " from segmentation.segment_names as names"
                    " join segmentation.segment_memberships using (segmentation, segment_id)"
                    " join marts.credit_card_customers using (customer_id)"
                    " group by names.segment_id, segment_name"
                ).fetchall()
            )

        yield named


def names_fit(named: Callable[[int], dict[str, float]], ks: range) -> None:
    for k in ks:
        surplus = named(k)
        assert len(surplus) == k, (k, surplus)
        assert not [name for name in surplus if "Frequency" in name], (k, surplus)
        assert not [name for name in surplus if name[-1].isdigit()], (k, surplus)
        assert any(name.startswith(BORROWED) for name in surplus), (k, surplus)
        # Who borrows takes more cash than they buy for; shoppers do not.
        for name, cash in surplus.items():
            if name.split(",")[0] == BORROWED:
                assert cash > 0, (k, surplus)
            if "Shoppers" in name:
                assert cash < 0, (k, surplus)


def test_17_attributes_are_fitted_and_described(segmented):
    count, table, algorithm, space, words = segmented.one(
        "select feature_count, feature_table, algorithm, space, algorithm_documentation"
        f" from marts.segmentations where segmentation = '{SEGMENTATION}'"
    )
    assert (count, table) == (17, "features_credit_card")
    assert (algorithm, space) == ("kmeans", "scaled")
    assert "So the attributes stay, unless why_k names a winner" in words
    config = config_of(segmented)
    assert config["features"] == config["raw_features"]
    columns = segmented.query(
        "select column_name, comment from duckdb_columns()"
        " where schema_name = 'features' and table_name = 'features_credit_card'"
    )
    assert set(config["features"]) <= {name for name, _ in columns}
    assert [name for name, comment in columns if "Unit: " not in (comment or "")] == []


def test_every_card_holder_has_a_segment_in_the_wide_table(segmented):
    assert segmented.one(
        "select count(*), count(card_autoencoder_segment),"
        " count(distinct card_autoencoder_segment) from marts.customers"
    ) == (400, 400, 4)


def test_what_is_missing_is_said_and_imputed(segmented):
    assert segmented.query(
        "select missing_attributes, is_imputed, count(*) from features.features_credit_card"
        " group by all order by all"
    ) == [("", False, 385), ("credit_limit", True, 1), ("minimum_payments", True, 14)]
    assert segmented.query(
        "select minimum_payments from features.features_credit_card"
        " where missing_attributes = 'minimum_payments' group by all"
    ) == segmented.query(
        "select round(median(minimum_payments), 6) from marts.credit_card_customers"
    )


def test_the_published_method_stands_beside_the_baseline(segmented):
    rows = segmented.query(
        "select candidate_id, space_silhouette > silhouette, seed_ari < .75, chosen"
        " from marts.segmentation_candidates where space = 'autoencoder' order by all"
    )
    assert rows == [(f"kmeans_autoencoder_k03_s{seed}", True, True, False) for seed in range(3)]


def test_any_number_of_segments_has_names_of_its_own(segmented, tmp_path):
    with cut_into(segmented, tmp_path) as named:
        names_fit(named, range(3, 9))


def test_settings_reach_the_features_the_fit_and_the_model_card(build, segmented):
    given = {"imputation": "mean", "epochs": 2, "seeds": 2, "published_k": 4, "methods": ["pca"]}
    folder = "card_settings"
    segmented.copy(build.folder / folder)
    fitted = build(
        folder,
        source_systems="credit_card",
        variables={
            "candidate_search": "chosen",
            "segmentation_parameters": {SEGMENTATION: given},
            "segmentation_k": {SEGMENTATION: 4},
        },
        select="features_credit_card+",
        tests="data",
        lineage=True,
    )
    why, parameters = fitted.one("select why_k, parameters from marts.segmentations")
    assert why.startswith("k = 4 is fixed by the user")
    assert json.loads(parameters) | given == json.loads(parameters)
    tried = fitted.query(
        "select distinct algorithm, space, seed from marts.segmentation_candidates"
    )
    assert set(tried) == {
        ("kmeans", space, seed) for space in ("scaled", "pca", "autoencoder") for seed in (0, 1)
    } - {("kmeans", "scaled", 1)}
    assert fitted.query(
        "select distinct minimum_payments from features.features_credit_card"
        " where missing_attributes = 'minimum_payments'"
    ) == fitted.query(
        "select cast(avg(minimum_payments) as decimal(18, 6)) from marts.credit_card_customers"
    )

    assert passport_segments(fitted) == segments(fitted)


def test_without_imputation_whoever_lacks_an_attribute_is_in_no_segment(build, segmented):
    folder = "card_none"
    segmented.copy(build.folder / folder)
    fitted = build(
        folder,
        source_systems="credit_card",
        variables={"segmentation_parameters": {SEGMENTATION: {"imputation": "none"}}},
        select="features_credit_card+",
        tests="data",
        lineage=True,
    )
    assert fitted.one("select customer_count, unassigned_count from marts.segmentations") == (
        385,
        15,
    )
    assert fitted.query(
        "select missing_attributes <> '', count(card_autoencoder_segment) from marts.customers"
        " join features.features_credit_card using (customer_id) group by all order by all"
    ) == [(False, 385), (True, 0)]
    assert passport_segments(fitted) == segments(fitted)


def segments(warehouse: Warehouse) -> dict[str, int]:
    return dict(warehouse.query("select customer_id, segment_id from marts.customer_segments"))


def passport_segments(warehouse: Warehouse) -> dict[str, int]:
    """The segment of each card holder, found from the raw rows."""
    with (
        duckdb.connect(str(warehouse.path), read_only=True) as connection,
        recomputation(connection, "credit_card") as found,
    ):
        return {
            customer_id: own.placements[SEGMENTATION].facts["segment_id"].value
            for customer_id, own in found.customers().items()
            if own.placements
        }


def test_an_unknown_imputation_stops_the_build_with_what_it_can_be(build, segmented):
    folder = "card_refused"
    segmented.copy(build.folder / folder)
    failed = build(
        folder,
        source_systems="credit_card",
        variables={"segmentation_parameters": {SEGMENTATION: {"imputation": "zero"}}},
        select="features_credit_card",
        fails=True,
    )
    assert "imputation is 'zero'. It can be median, mean or none." in re.sub(
        r"\s+", " ", failed.output
    )


@pytest.mark.real
def test_the_published_silhouettes_hold_on_the_real_data(real_segmented):
    rows = real_segmented.query(
        "select k, silhouette, seed from marts.segmentation_candidates"
        " where space = 'scaled' and k between 2 and 6 order by k"
    )
    assert [k for k, _, _ in rows] == [2, 3, 4, 5, 6]
    assert [silhouette for _, silhouette, _ in rows] == pytest.approx(
        [0.2097, 0.2503, 0.1977, 0.1929, 0.2027], abs=0.001
    )


@pytest.mark.real
def test_verdict_on_the_real_data(real_segmented):
    k, algorithm, space, customers, unassigned, stability, why = real_segmented.one(
        "select k, algorithm, space, customer_count, unassigned_count, stability, why_k"
        " from marts.segmentations"
    )
    assert (k, algorithm, space, customers, unassigned) == (4, "kmeans", "scaled", 8_950, 0)
    assert stability == pytest.approx(0.900, abs=0.01)
    assert "none of 3 other candidates separates better" in why
    seed_ari, order_ari = real_segmented.one(
        "select seed_ari, order_ari from marts.segmentation_candidates"
        " where candidate_id = 'kmeans_autoencoder_k03_s0'"
    )
    assert seed_ari < 0.6
    assert order_ari < 0.75


@pytest.mark.real
def test_names_on_the_real_data(real_segmented, tmp_path):
    with cut_into(real_segmented, tmp_path) as named:
        names_fit(named, range(3, 8))


@pytest.mark.real
def test_the_features_of_the_real_data_are_what_the_raw_file_says(real_segmented, real_data):
    raw = pd.read_csv(real_data / "credit_card/cc_general.csv.gz").sort_values("CUST_ID")
    missing = raw.drop(columns="CUST_ID").isna()
    expected = raw.fillna(raw.median(numeric_only=True)).set_index("CUST_ID")
    with duckdb.connect(str(real_segmented.path), read_only=True) as connection:
        found = connection.sql("from features.features_credit_card order by customer_id").df()
    values = found[[name.lower() for name in expected]].astype(float).to_numpy()
    assert list(found["customer_id"]) == list(expected.index)
    assert abs(values - expected.to_numpy()).max() < 1e-6
    assert found["is_imputed"].tolist() == missing.any(axis=1).tolist()
    assert found["is_imputed"].sum() == 314
