"""The stability index by another way, in a file and in the mart; neighbours that vote."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import pairwise
from math import log
from pathlib import Path

import duckdb
import numpy as np
import pytest
from builds import Builder, Warehouse
from scored import features, predict, query
from sklearn.neighbors import KNeighborsClassifier

from customer_segments.scoring.score import score

MODEL = "rfm_kmeans:online_retail"
FEATURES = ("recency_log", "frequency_log", "monetary_log")


def bins_of(values: list[Decimal]) -> list[list[Decimal]]:
    """The values of each tenth: equal values stay together, in the first tenth that they reach."""
    ordered = sorted(values)
    tenths: dict[int, list[Decimal]] = {}
    first: dict[Decimal, int] = {}
    for place, value in enumerate(ordered):
        first.setdefault(value, place)
        tenths.setdefault(10 * first[value] // len(ordered), []).append(value)
    return [tenths[number] for number in sorted(tenths)]


def stability_index(fitted: list[Decimal], current: list[Decimal]) -> float:
    bins = bins_of(fitted)
    ends = [max(values) for values in bins[:-1]]
    now = Counter(sum(value > end for end in ends) for value in current)
    index = 0.0
    for number, values in enumerate(bins):
        then, today = len(values) / len(fitted), max(now[number], 0.5) / len(current)
        index += (today - then) * log(today / then)
    return index


def values(warehouse: Warehouse, feature: str) -> list[Decimal]:
    rows = warehouse.query(
        f"select {feature} from features.features_rfm"
        " where source_system = 'online_retail' and is_in_fit"
    )
    return [value for (value,) in rows]


def test_bins_of_the_fit_are_tenths_that_keep_equal_values_together(sample: Warehouse) -> None:
    for feature in FEATURES:
        bins = bins_of(values(sample, feature))
        rows = sample.query(
            "select lower_bound, upper_bound, smallest_value, largest_value, fit_customer_count"
            " from marts.segmentation_distributions where segmentation = 'rfm_kmeans'"
            " and source_system = 'online_retail' and measure = ? order by bin",
            [feature],
        )
        ends = [max(of_bin) for of_bin in bins]
        assert rows == [
            (
                ends[i - 1] if i else None,
                ends[i] if i < len(bins) - 1 else None,
                min(of_bin),
                max(of_bin),
                len(of_bin),
            )
            for i, of_bin in enumerate(bins)
        ]
        assert all(max(left) < min(right) for left, right in pairwise(bins))


def test_a_file_of_other_customers_has_the_index_of_a_hand_computation(
    sample: Warehouse, tmp_path: Path
) -> None:
    path = features(sample, MODEL, tmp_path / "features.parquet")
    moved = tmp_path / "moved.csv"
    duckdb.execute(
        f"copy (select * replace (recency_log + 1 as recency_log) from '{path}' where is_in_fit)"
        f" to '{moved}'"
    )
    with score(MODEL, moved, warehouse=sample.path) as scored:
        found = {entry.measure: entry for entry in scored.drift}
        shares = Counter(scored.frame()["segment_id"])
    recency = values(sample, "recency_log")
    expected = stability_index(recency, [value + 1 for value in recency])
    assert found["recency_log"].index == pytest.approx(expected, abs=1e-6)
    assert found["recency_log"].level == "act"
    assert found["frequency_log"].index == 0
    assert found["frequency_log"].level == "stable"
    then = dict(
        sample.query(
            "select segment_id, customer_count from marts.segments where segment_id > 0"
            " and segmentation = 'rfm_kmeans' and source_system = 'online_retail'"
        )
    )
    total = sum(then.values())
    by_hand = sum(
        (max(shares[segment], 0.5) - count) / total * log(max(shares[segment], 0.5) / count)
        for segment, count in then.items()
    )
    assert found["segment_id"].index == pytest.approx(by_hand, abs=1e-6)
    assert found["segment_id"].by_chance == pytest.approx((len(then) - 1) * 2 / total, abs=1e-6)


def test_the_mart_shows_what_moved_since_the_fit_where_a_build_leaves_the_fits_out(
    build: Builder,
) -> None:
    """The fit as of 2011-06-15, then the features as of the end: what a monthly run looks at."""
    settings = {"source_systems": "online_retail"}
    drift = (
        "select measure, population_stability_index, drift_level from marts.segmentation_drift"
        " where segmentation = 'rfm_kmeans'"
    )
    past = build("drifted", as_of_date="2011-06-15", **settings)
    fitted = {feature: values(past, feature) for feature in FEATURES}
    assert {(index, level) for _, index, level in past.query(drift)} == {(0, "stable")}

    now = build(
        "drifted",
        select="+features_rfm rfm_kmeans_assignments segment_assignments fitted_values"
        " segmentation_drift",
        **settings,
    )
    found = {measure: float(index) for measure, index, _ in now.query(drift)}
    assert found.keys() == {*FEATURES, "segment_id"}
    for feature in FEATURES:
        expected = stability_index(fitted[feature], values(now, feature))
        assert found[feature] == pytest.approx(expected, abs=1e-6)
        assert expected > 0


@pytest.fixture
def by_neighbours(sample: Warehouse, tmp_path: Path) -> Warehouse:
    """The sample, as if the bank's segments were no matter of centroids: every tenth is noise."""
    path = sample.copy(tmp_path / "neighbours")
    of_bank = "segmentation = 'rfm_kmeans' and source_system = 'bank'"
    with duckdb.connect(str(path)) as connection:
        for statement in (
            f"update marts.segmentations set is_nearest_centroid = false where {of_bank}",
            "update marts.customer_segments set segment_id = hash(customer_id) % 3 + 1"
            f" where {of_bank}",
            "update marts.customer_segments set segment_id = 0"
            f" where {of_bank} and hash(customer_id) % 10 = 0",
        ):
            connection.execute(statement)
    return Warehouse(path)


def test_where_segments_are_no_matter_of_centroids_the_nearest_customers_of_the_fit_vote(
    by_neighbours: Warehouse, tmp_path: Path
) -> None:
    model = "rfm_kmeans:bank"
    path = features(by_neighbours, model, tmp_path / "features.parquet")
    fitted = query(
        by_neighbours,
        "select customer_id, segment_id, recency_log, frequency_log, monetary_log"
        " from features.features_rfm inner join marts.customer_segments"
        " using (source_system, customer_id)"
        " where source_system = 'bank' and segmentation = 'rfm_kmeans' order by 1",
    )
    found = predict(by_neighbours, model, path)
    assert found["segment_id"].tolist() == fitted["segment_id"].tolist()
    assert set(found["assigned_by"]) == {"nearest neighbours"}
    noise = found[found["segment_id"] == 0]
    assert noise["distance"].isna().all()
    assert noise["is_noise"].all()
    assert set(noise["segment_name"]) == {"Fully Returned"}

    moved = tmp_path / "moved.parquet"
    duckdb.execute(
        f"copy (select * replace (cast(monetary_log + 0.012345 as decimal(18, 6)) as monetary_log)"
        f" from '{path}') to '{moved}'"
    )
    scales = by_neighbours.query(
        "select distinct feature_order, mean, scale from marts.segment_centroids"
        " where segmentation = 'rfm_kmeans' and source_system = 'bank' order by 1"
    )
    mean, scale = np.array([row[1:] for row in scales]).T
    points = fitted[list(FEATURES)].to_numpy(dtype=float).copy()
    voters = KNeighborsClassifier(5, weights="distance")
    voters.fit((points - mean) / scale, fitted["segment_id"])
    points[:, 2] += 0.012345
    expected = voters.predict((points - mean) / scale)
    found = predict(by_neighbours, model, moved)
    assert np.mean(found["segment_id"].to_numpy(dtype=int) == expected) > 0.99
