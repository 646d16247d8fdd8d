"""Bisecting k-means: the tree, when it stops growing, and what can be read from it."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import sklearn.cluster
from clustering_data import FEATURES, RAW, candidates, frame_of, labels, model, planted
from pandas.testing import assert_frame_equal
from sklearn.metrics import adjusted_rand_score

from customer_segments.clustering import empty_frame, fit_bisecting_segmentation
from customer_segments.clustering.bisecting import BisectingKMeans, Node

pytestmark = pytest.mark.filterwarnings("error")

LINE = np.arange(8.0).reshape(-1, 1)
"""Divides into halves: 0..3 and 4..7, then pairs, then single points."""


def grown(points: np.ndarray, n_clusters: int, **settings: object) -> BisectingKMeans:
    return BisectingKMeans(n_clusters, **settings).fit(points)


def sizes(clusterer: BisectingKMeans) -> list[int]:
    return [leaf.size for leaf in clusterer.tree_.leaves]


def divided(clusterer: BisectingKMeans) -> list[Node]:
    """The divided nodes, in the order of their splits."""
    nodes = [node for node in clusterer.tree_.nodes if node.split_order]
    return sorted(nodes, key=lambda node: node.split_order)


def read(result: pd.DataFrame, kind: str, keys: list[str]) -> pd.DataFrame:
    rows = result[result["record_kind"] == kind].astype({"name": str, "feature": str})
    return rows.pivot(index=keys, columns="name", values="value").reset_index()


# The smallest divisible size: a number of rows from 1, a share of all below 1, as in Spark.
@pytest.mark.parametrize(
    ("smallest", "expected"),
    [
        (1, [2, 2, 2, 2]),
        (1.0, [2, 2, 2, 2]),
        (4, [2, 2, 2, 2]),
        (5, [4, 4]),
        (8, [4, 4]),
        (9, [8]),
        (0.5, [2, 2, 2, 2]),
        (0.51, [4, 4]),
        (0.999, [4, 4]),
    ],
)
def test_a_leaf_below_the_smallest_divisible_size_is_not_divided(smallest, expected):
    found = grown(LINE, 4, min_divisible_cluster_size=smallest)
    assert sizes(found) == expected
    assert found.n_clusters_ == len(expected)
    # Of four pairs each row is .5 from its centre.
    assert found.inertia_ == {4: 2.0, 2: 10.0, 1: 42.0}[len(expected)]


def test_a_share_is_not_made_larger_by_the_last_digit_of_a_double():
    assert 0.07 * 100 > 7
    seven = np.array([1_000, 1_001, 1_002, 1_020, 1_021, 1_022, 1_023])
    points = np.concatenate([np.linspace(0, 1, 93), seven]).reshape(-1, 1)
    assert sizes(grown(points, 3, min_divisible_cluster_size=0.07)) == [93, 3, 4]
    assert sorted(sizes(grown(points, 3, min_divisible_cluster_size=0.08))) == [7, 46, 47]


def test_there_are_no_more_clusters_than_distinct_rows():
    points = np.repeat([[0.0, 1.0], [2.0, 1.0], [2.0, 5.0]], [5, 3, 2], axis=0)
    found = grown(points, 9)
    assert sizes(found) == [5, 3, 2]
    assert found.inertia_ == 0
    assert sizes(grown(np.ones((6, 2)), 4)) == [6]
    assert sizes(grown(np.ones((1, 2)), 4)) == [1]


def test_rows_that_rounded_centroids_cannot_tell_apart_stay_together():
    points = np.array([[0.0], [1e-11], [1.0]])
    assert sizes(grown(points, 3)) == [2, 1]


def test_one_cluster_is_everybody():
    found = grown(LINE, 1)
    (root,) = found.tree_.nodes
    assert (root.node_id, root.parent_id, root.k_from, root.depth) == (1, 0, 1, 0)
    assert (root.size, root.inertia, root.child_ids) == (8, 42.0, ())
    assert (root.centroid, found.cluster_centers_) == ([3.5], [[3.5]])
    assert set(found.labels_) == {0}


def test_the_strategy_says_which_leaf_is_next():
    wide, narrow = np.linspace(0, 50, 10), 1_000 + np.linspace(0, 1, 90)
    points = np.concatenate([wide, narrow]).reshape(-1, 1)
    by_inertia = grown(points, 3, bisecting_strategy="biggest_inertia")
    assert sizes(by_inertia) == [5, 5, 90]
    by_size = grown(points, 3, bisecting_strategy="largest_cluster")
    assert sizes(by_size) == [10, 45, 45]


def test_of_equal_leaves_the_smaller_node_is_next():
    for strategy in ("biggest_inertia", "largest_cluster"):
        found = grown(LINE, 3, bisecting_strategy=strategy)
        assert [node.node_id for node in divided(found)] == [1, 2]
        assert sizes(found) == [2, 2, 4]


def test_a_row_between_two_sides_goes_to_the_first():
    found = grown(np.array([[0.0], [0.0], [10.0], [10.0]]), 2)
    assert list(found.predict(np.array([[4.9], [5.0], [5.1]]))) == [0, 0, 1]


def test_ids_follow_the_splits_and_labels_the_tree():
    found = grown(planted(5.0, count=300)[0], 6)
    nodes = found.tree_.nodes
    assert [node.node_id for node in nodes] == list(range(1, 12))
    for node in divided(found):
        first, second = (nodes[child - 1] for child in node.child_ids)
        assert (first.node_id, second.node_id) == (2 * node.split_order, 2 * node.split_order + 1)
        assert (first.parent_id, second.parent_id) == (node.node_id, node.node_id)
        assert first.depth == second.depth == node.depth + 1
        assert first.k_from == second.k_from == node.split_order + 1
        assert first.size + second.size == node.size
        assert first.inertia + second.inertia < node.inertia
        assert tuple(first.centroid) < tuple(second.centroid)
        start, end = found.tree_.span(node.node_id)
        assert found.tree_.span(first.node_id)[0] == start
        assert found.tree_.span(second.node_id)[1] == end
        assert found.tree_.span(first.node_id)[1] + 1 == found.tree_.span(second.node_id)[0]
    assert sizes(found) == list(np.bincount(found.labels_))


@pytest.mark.parametrize("strategy", ["biggest_inertia", "largest_cluster"])
@pytest.mark.parametrize("smallest", [1, 0.1])
def test_any_smaller_k_read_from_the_tree_is_the_fit_with_that_k(strategy, smallest):
    points = np.random.default_rng(5).normal(size=(400, 4)).round(6)
    settings = {"bisecting_strategy": strategy, "min_divisible_cluster_size": smallest}
    large = grown(points, 9, **settings)
    new = np.random.default_rng(6).normal(size=(500, 4))
    for k in range(1, 9):
        small = grown(points, k, **settings)
        pruned = large.tree_.pruned(k)
        assert len(pruned.leaves) == small.n_clusters_ == k
        assert (pruned.centroids == small.cluster_centers_).all()
        assert (pruned.walk(points) == small.labels_).all()
        assert (pruned.walk(new) == small.predict(new)).all()
    assert large.tree_.pruned(99) == large.tree_.pruned(9)


def test_separated_groups_are_found_as_scikit_learn_finds_them():
    points, truth = planted(30.0, count=400)
    found = grown(points, 4)
    theirs = sklearn.cluster.BisectingKMeans(4, n_init=20, random_state=0).fit(points)
    assert adjusted_rand_score(theirs.labels_, found.labels_) == 1.0
    assert adjusted_rand_score(truth, found.labels_) == 1.0
    assert found.inertia_ == pytest.approx(theirs.inertia_, rel=1e-9)


def test_the_order_of_rows_changes_no_cluster():
    points, _ = planted(6.0, count=300)
    order = np.random.default_rng(2).permutation(len(points))
    first, second = grown(points, 5), grown(points[order], 5)
    assert (first.labels_[order] == second.labels_).all()
    # Sums in another order differ in digits that are rounded away.
    assert (first.cluster_centers_ == second.cluster_centers_).all()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"n_clusters": 0}, "n_clusters must be at least 1, not 0"),
        ({"bisecting_strategy": "smallest"}, "must be one of biggest_inertia, largest_cluster"),
        ({"min_divisible_cluster_size": 0}, "min_divisible_cluster_size must be above 0"),
        ({"min_divisible_cluster_size": -0.5}, "min_divisible_cluster_size must be above 0"),
    ],
)
def test_parameters_out_of_range_are_refused_with_what_they_may_be(settings, words):
    with pytest.raises(ValueError, match=words):
        BisectingKMeans(**settings).fit(LINE)


# The segmentation.
def fit(frame: pd.DataFrame, **settings: object) -> pd.DataFrame:
    return fit_bisecting_segmentation(
        frame, **{"feature_names": FEATURES, "raw_feature_names": RAW, "k_max": 5} | settings
    )


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return frame_of(planted(8.0, count=300)[0])


@pytest.fixture(scope="module")
def result(frame: pd.DataFrame) -> pd.DataFrame:
    return fit(frame)


def test_planted_groups_are_found_by_the_policy_that_k_means_has(result):
    card = model(result)
    assert (card["k"], card["has_structure"], card["algorithm"]) == (4, 1, "bisecting_kmeans")
    assert adjusted_rand_score(planted(8.0, count=300)[1], labels(result)) > 0.99
    assert list(candidates(result).index) == [2, 3, 4, 5]
    assert card["why_k"].startswith("structure: ")


def test_candidates_are_those_of_fits_with_their_k(frame, result):
    for k, row in candidates(result).iterrows():
        alone = fit(frame, k=int(k), k_max=int(k))
        assert candidates(alone).loc[k, "inertia"] == row["inertia"]
        assert candidates(alone).loc[k, "bootstrap_ari"] == row["bootstrap_ari"]
        assert candidates(alone).loc[k, "prediction_strength"] == row["prediction_strength"]


def test_every_parameter_is_on_the_model_card(frame):
    given = {
        "max_iter": 7,
        "bisecting_strategy": "largest_cluster",
        "min_divisible_cluster_size": 0.2,
        "random_state": 3,
    }
    parameters = json.loads(model(fit(frame, k_max=2, **given))["parameters"])
    assert parameters | given == parameters
    assert parameters["features"] == list(FEATURES)


def test_the_order_of_customers_and_of_other_systems_changes_nothing(frame, result):
    assert_frame_equal(fit(frame.sample(frac=1, random_state=3)), result)
    both = fit(pd.concat([frame_of(planted(3.0, count=90)[0], "bank"), frame]))
    alone = both[both["source_system"] == "shop"]
    columns = ["customer_id", "segment_id", "node_id", "value", "text"]
    assert_frame_equal(alone[columns].reset_index(drop=True), result[columns])


def test_nodes_say_who_is_in_which_segment_for_every_k(frame, result):
    nodes = read(result, "node", ["node_id"]).set_index("node_id")
    segments = pd.Series(labels(result))
    for k in range(1, 5):
        cut = nodes[
            (nodes["k_from"] <= k) & ~(nodes["split_order"] < k)  # null: never divided
        ]
        assert len(cut) == k
        read_off = segments.map(
            lambda segment, cut=cut: cut.index[
                (cut["first_segment_id"] <= segment) & (segment <= cut["last_segment_id"])
            ].item()
        )
        alone = labels(fit(frame, k=k))
        # As many groups, and the same ones.
        assert len(set(zip(read_off, alone, strict=True))) == k == read_off.nunique()
        assert list(cut["customer_count"]) == list(read_off.value_counts().sort_index())


def test_leaves_have_the_centroids_of_their_segments(result):
    leaves = result[(result["record_kind"] == "node") & (result["name"] == "depth")]
    segment_of = leaves.dropna(subset="segment_id").set_index("node_id")["segment_id"]
    of_nodes = read(result, "node_centroid", ["node_id", "feature"])
    of_nodes["segment_id"] = of_nodes["node_id"].map(segment_of)
    of_segments = read(result, "centroid", ["segment_id", "feature"])
    both = of_nodes.dropna().merge(of_segments, on=["segment_id", "feature"])
    assert len(both) == len(of_segments) == 4 * len(FEATURES)
    assert (both["centroid_x"] == both["centroid_y"]).all()


def test_a_fixed_k_that_the_smallest_size_does_not_allow_is_capped_and_said(frame):
    # One of four groups as far from each other goes first, then two of the other three stay.
    card = model(fit(frame, k=4, min_divisible_cluster_size=200))
    assert card["k"] == 3
    assert card["why_k"].startswith("k = 4 is fixed by the user; no leaf divides, so 3")


def test_too_few_customers_are_one_segment_with_a_tree_of_one_node():
    few = fit(frame_of(planted(8.0, count=59)[0]))
    assert model(few)["why_k"] == "one segment: 59 customers are too few for two of 30"
    (node,) = read(few, "node", ["node_id"]).to_dict("records")
    assert (node["node_id"], node["customer_count"], node["first_segment_id"]) == (1, 59, 1)
    assert model(fit(frame_of(planted(8.0, count=1)[0])))["k"] == 1


def test_nobody_is_no_segment_and_no_node(frame):
    assert_frame_equal(fit(frame.head(0)), empty_frame())
    nobody = fit(frame.assign(feature_1=None))
    assert (model(nobody)["k"], model(nobody)["unassigned_count"]) == (0, 300)
    assert read(nobody, "node", ["node_id"]).empty


def test_equal_customers_are_one_segment(frame):
    equal = fit(frame.assign(**dict.fromkeys(FEATURES, 2.5)))
    assert model(equal)["why_k"] == "one segment: all customers are equal"
    assert set(labels(equal)) == {1}


def test_a_constant_feature_changes_no_segment(frame, result):
    constant = fit(frame.assign(constant=7.25), feature_names=[*FEATURES, "constant"])
    assert (labels(constant) == labels(result)).all()
    scales = constant[(constant["feature"] == "constant") & (constant["name"] == "scale")]
    assert set(scales["value"]) == {1.0}


def test_a_customer_with_a_null_feature_is_left_out_and_counted(frame, result):
    frame = frame.assign(feature_2=frame["feature_2"].where(frame.index != 7))
    left_out = fit(frame)
    assert model(left_out)["unassigned_count"] == 1
    customers = left_out.loc[left_out["record_kind"] == "assignment", "customer_id"]
    assert "C0000007" not in set(customers)
    assert len(customers) == 299


def test_above_the_sample_sizes_everybody_is_assigned_by_the_tree_of_a_sample(frame, result):
    sampled = fit(frame, max_fit_rows=200, max_criteria_rows=150)
    nodes = read(sampled, "node", ["node_id"]).set_index("node_id")
    assert nodes.loc[1, "customer_count"] == 200
    assert len(labels(sampled)) == 300
    assert adjusted_rand_score(labels(result), labels(sampled)) > 0.99
