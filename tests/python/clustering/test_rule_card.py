"""Rules are SQL: exclusive, exhaustive, and as precise as they say."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest
from clustering_data import FEATURES, RAW, frame_of, model, planted

from customer_segments.clustering import fit_kmeans_segmentation
from customer_segments.clustering.rule_card import identifier, rule_card, shortest_between


@pytest.mark.parametrize("with_nulls", [False, True], ids=["complete", "with nulls"])
def test_conditions_exclude_each_other_cover_all_and_hold_what_they_say(with_nulls):
    frame = frame_of(planted(4.0, count=500)[0]).rename(columns={"raw_2": "Net amount"})
    raw = [RAW[0], "Net amount", RAW[2]]
    if with_nulls:
        # Null says something here: the customers of one group have no second measure.
        frame.loc[(frame["feature_1"] > 1.5) & (frame["feature_2"] > 1), "Net amount"] = np.nan
        frame.loc[::50, "raw_1"] = np.nan
    result = fit_kmeans_segmentation(
        frame, feature_names=FEATURES, raw_feature_names=raw, k=4, k_max=2
    )
    rules = result[result["record_kind"] == "rule"].pivot(
        index=["segment_id", "text"], columns="name", values="value"
    )
    assert len(rules) >= 4
    labelled = frame.merge(
        result.loc[result["record_kind"] == "assignment", ["customer_id", "segment_id"]]
    )
    labelled["segment_id"] = labelled["segment_id"].astype("int64")
    met = " + ".join(f"coalesce(({text})::int, 0)" for _, text in rules.index)
    with duckdb.connect() as connection:
        connection.register("customers", labelled)
        assert connection.sql(f"select distinct {met} from customers").fetchall() == [(1,)]
        hits = 0
        for (segment_id, text), rule in rules.iterrows():
            support, right, total = connection.sql(
                f"""
                select
                    count(*) filter ({text}),
                    count(*) filter (({text}) and segment_id = {segment_id}),
                    count(*)
                from customers
                """
            ).fetchall()[0]
            hits += right
            assert rule["support"] == support > 0
            assert rule["precision"] == right / support
            assert rule["coverage"] == support / total
    assert model(result)["rule_fidelity"] == pytest.approx(hits / len(frame), abs=1e-6)
    assert hits / len(frame) > 0.8
    assert any("is null" in text for _, text in rules.index) == with_nulls


def test_one_segment_is_described_by_true():
    rules = rule_card(np.ones((3, 1)), ["x_y"], np.ones(3, dtype=int), np.arange(3))
    assert [(rule.segment_id, rule.condition, rule.precision) for rule in rules] == [(1, "true", 1)]


def test_thresholds_are_short_and_exact():
    segment_ids = np.repeat([1, 2], 50)
    amounts = np.concatenate([np.linspace(1, 96.31, 50), np.linspace(141.7, 900, 50)])
    rules = rule_card(amounts[:, None], ["net_amount"], segment_ids, np.arange(100))
    assert [rule.condition for rule in rules] == ["net_amount <= 100", "net_amount > 100"]
    assert [rule.precision for rule in rules] == [1, 1]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1, 2, "1"),
        (96.31, 141.7, "100"),
        (0.1, 0.2, "0.1"),
        (674.484, 674.488, "674.486"),
        (-3, 4, "0"),
        (-0.5, -0.25, "-0.4"),
        (1e-7, 2e-7, "0.0000001"),
        (0.1, 0.1 + 2e-17 + 1.4e-17, "0.1"),
    ],
)
def test_the_shortest_decimal_between(low, high, expected):
    found = shortest_between(low, high)
    assert low <= float(found) < high
    assert found == expected


def test_names_are_quoted_where_sql_could_misread_them():
    assert identifier("recency_days") == "recency_days"
    assert identifier("order") == '"order"'
    assert identifier("Net amount") == '"Net amount"'
    assert identifier('a"b') == '"a""b"'
    assert identifier("current_date") == '"current_date"'
