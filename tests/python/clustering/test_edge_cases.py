"""Little, equal, missing and wrong data: defined results or a clear message, never a crash."""

from __future__ import annotations

import json
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from clustering_data import FEATURES, RAW, candidates, frame_of, labels, model, planted

from customer_segments.clustering import empty_frame, fit_kmeans_segmentation, to_arrow
from customer_segments.clustering.schema import ARROW_SCHEMA, COLUMNS

pytestmark = pytest.mark.filterwarnings("error")


def fit(frame: pd.DataFrame, **settings) -> pd.DataFrame:
    return fit_kmeans_segmentation(
        frame, **{"feature_names": FEATURES, "raw_feature_names": RAW, "k_max": 4} | settings
    )


def customers(count: int) -> pd.DataFrame:
    return frame_of(planted(4.0, count=count)[0])


def test_no_rows_give_an_empty_typed_frame():
    for frame in (customers(3).head(0), customers(3).head(0).astype(object)):
        result = fit(frame)
        assert len(result) == 0
        assert list(result.columns) == list(COLUMNS)
        assert (result.dtypes == empty_frame().dtypes).all()


def test_the_arrow_table_has_the_same_types_whatever_it_holds():
    for frame in (empty_frame(), fit(customers(3).head(0)), fit(customers(40))):
        assert to_arrow(frame).schema.equals(ARROW_SCHEMA)
    table = to_arrow(fit(customers(40)))
    one_segment = table.filter(pa.compute.equal(table["name"], "silhouette"))
    assert one_segment["value"].to_pylist() == [None, None]  # model and candidate


def test_one_customer_is_one_segment():
    result = fit(customers(1))
    card = model(result)
    assert (card["k"], card["customer_count"], card["smallest_share"]) == (1, 1, 1)
    assert card["why_k"] == "one segment: there is one customer"
    assert list(labels(result)) == [1]
    assert candidates(result)["reason"].to_list() == ["chosen: one segment: there is one customer"]


def test_fewer_than_sixty_customers_are_one_segment():
    card = model(fit(customers(59)))
    assert (card["k"], card["has_structure"]) == (1, 0)
    assert card["why_k"] == "one segment: 59 customers are too few for two of 30"
    assert np.isnan(card["silhouette"])


def test_as_many_k_are_tried_as_leave_thirty_customers_each():
    assert list(candidates(fit(customers(119), k_max=12))["k"]) == [2, 3]
    assert list(candidates(fit(customers(119), k_max=2))["k"]) == [2]


def test_equal_customers_are_one_segment():
    frame = customers(100).assign(**dict.fromkeys(FEATURES, 3.5))
    result = fit(frame)
    assert model(result)["why_k"] == "one segment: all customers are equal"
    assert set(labels(result)) == {1}
    assert set(result.loc[result["name"] == "scale", "value"]) == {1.0}
    assert set(result.loc[result["name"] == "distance", "value"]) == {0.0}


def test_a_constant_feature_has_scale_one_and_changes_no_label():
    frame = customers(150).assign(constant=7.25)
    result = fit(frame, feature_names=[*FEATURES, "constant"])
    constant = result[result["feature"] == "constant"]
    assert set(constant.loc[constant["name"] == "scale", "value"]) == {1.0}
    assert set(constant.loc[constant["name"] == "mean", "value"]) == {7.25}
    assert set(constant.loc[constant["name"] == "centroid", "value"]) == {0.0}
    assert (labels(result) == labels(fit(frame))).all()


def test_one_feature_never_has_structure_beyond_its_margin():
    card = model(fit(customers(120), feature_names=FEATURES[:1]))
    assert (card["has_structure"], card["structure_excess"], card["structure_z"]) == (0, 0, 0)


def test_customers_with_a_null_feature_are_counted_not_assigned():
    frame = customers(130)
    frame.loc[[3, 5], "feature_2"] = np.nan
    frame.loc[5, "feature_1"] = np.nan
    result = fit(frame)
    card = model(result)
    assert (card["customer_count"], card["unassigned_count"]) == (128, 2)
    assigned = result.loc[result["record_kind"] == "assignment", "customer_id"]
    assert set(frame["customer_id"]) - set(assigned) == {"C0000003", "C0000005"}
    complete = fit(frame.drop(index=[3, 5]))
    assert (labels(result) == labels(complete)).all()
    assert card["input_hash"] == model(complete)["input_hash"]


def test_a_system_without_a_complete_customer_has_a_model_card_and_no_segment():
    frame = pd.concat([customers(2).assign(source_system="void", feature_1=None), customers(61)])
    result = fit(frame)
    card = model(result, "void")
    assert (card["k"], card["customer_count"], card["unassigned_count"]) == (0, 0, 2)
    assert card["why_k"] == "no segment: no customer has every feature"
    assert model(result)["customer_count"] == 61


def test_decimals_and_nullable_numbers_are_as_good_as_floats():
    frame = customers(70)
    as_decimals = frame.assign(
        feature_1=[Decimal(f"{value:.6f}") for value in frame["feature_1"]],
        feature_2=frame["feature_2"].astype("Float64"),
        raw_1=frame["raw_1"].astype("float64[pyarrow]"),
    )
    as_decimals.loc[0, "feature_1"] = None
    expected = frame.copy()
    expected.loc[0, "feature_1"] = np.nan
    pd.testing.assert_frame_equal(fit(as_decimals), fit(expected))


def test_null_in_a_raw_measure_is_allowed():
    frame = customers(130)
    frame.loc[::7, "raw_1"] = np.nan
    assert model(fit(frame))["customer_count"] == 130


@pytest.mark.parametrize("column", ["feature_2", "raw_3"])
def test_an_infinite_value_is_refused(column):
    frame = customers(70)
    frame.loc[[1, 2], column] = [np.inf, -np.inf]
    with pytest.raises(ValueError, match=f"column '{column}' holds 2 infinite values"):
        fit(frame)


def test_text_in_a_feature_is_refused():
    with pytest.raises(ValueError, match="column 'feature_2' is not numeric"):
        fit(customers(70).assign(feature_2="many"))


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match=r"lacks the columns \['feature_3', 'raw_1'\]"):
        fit(customers(3).drop(columns=["feature_3", "raw_1"]))
    with pytest.raises(ValueError, match=r"lacks the columns \['customer_id'\]"):
        fit(customers(3).head(0).drop(columns="customer_id"))


def test_a_repeated_key_is_named():
    frame = customers(5)
    with pytest.raises(ValueError, match=r"1 rows repeat the key .*'C0000002'"):
        fit(pd.concat([frame, frame.iloc[[2]]]))


def test_a_null_key_is_refused():
    frame = customers(5)
    frame.loc[2, "customer_id"] = None
    with pytest.raises(ValueError, match="customer_id is null in 1 rows"):
        fit(frame)


@pytest.mark.parametrize("k", [0, -1, 2.5, True, {"shop": 0}])
def test_a_number_of_segments_that_is_none_is_refused(k):
    with pytest.raises(ValueError, match="must be a whole number from 1"):
        fit(customers(5), k=k)


def test_no_features_or_one_twice_are_refused():
    with pytest.raises(ValueError, match="nothing to cluster on"):
        fit(customers(5), feature_names=[])
    with pytest.raises(ValueError, match="holds a name twice"):
        fit(customers(5), feature_names=["feature_1", "feature_1"])


def test_the_users_k_wins_by_source_system():
    frame = pd.concat([customers(70), customers(70).assign(source_system="bank")])
    result = fit(frame, k={"shop": 4})
    card = model(result)
    assert card["k"] == 4
    assert card["why_k"].startswith("k = 4 is fixed by the user; the policy alone would choose ")
    assert "inadmissible by the policy: the smallest cluster" in card["why_k"]
    assert not model(result, "bank")["why_k"].startswith("k = 4 is fixed")


def test_more_segments_than_distinct_customers_cannot_be_had():
    result = fit(customers(6), k=10)
    card = model(result)
    assert card["k"] == 6
    assert "only 6 distinct customers, so 6" in card["why_k"]
    assert list(labels(result)) != [1] * 6


def test_the_model_card_says_what_the_result_depends_on():
    card = model(fit(customers(70), k=2, random_state=5))
    parameters = json.loads(card["parameters"])
    assert parameters["random_state"] == 5
    assert parameters["features"] == list(FEATURES)
    assert parameters["n_clusters"] == 2
    assert set(json.loads(card["library_versions"])) >= {"sklearn", "numpy", "pandas"}
    assert len(card["input_hash"]) == 64
