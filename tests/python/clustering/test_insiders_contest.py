"""The methods for insiders: what is tried, what is left out and why, the same result every time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from clustering_data import FEATURES, frame_of, labels, model, planted
from pandas.testing import assert_frame_equal
from sklearn.metrics import adjusted_rand_score, pairwise_distances

from customer_segments.clustering import embeddings, insiders
from customer_segments.clustering.insiders import fit_insiders_segmentation

SETTINGS = {"feature_names": FEATURES, "target": "feature_3", "k_max": 5}

CHOSEN_AGAIN = (
    "from clustering_data import *\n"
    "from customer_segments.clustering.insiders import fit_insiders_segmentation\n"
    "frame = frame_of(planted(8.0, count=160)[0])\n"
    "found = fit_insiders_segmentation(\n"
    "    frame, feature_names=FEATURES, target='feature_3', k_max=5, seeds=2)\n"
    "print(found.to_csv())\n"
)


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return planted(8.0, count=160)[1]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """Four groups far apart."""
    return frame_of(planted(8.0, count=160)[0])


@pytest.fixture(scope="module")
def chosen(frame: pd.DataFrame) -> pd.DataFrame:
    return fit_insiders_segmentation(frame, seeds=2, **SETTINGS)


def tried(result: pd.DataFrame) -> pd.DataFrame:
    """The candidates, one row each, with numbers and texts."""
    rows = result[result["record_kind"] == "candidate"].astype({"name": str, "candidate_id": str})
    content = rows["text"].where(rows["text"].notna(), rows["value"])
    return rows.assign(content=content).pivot(
        index="candidate_id", columns="name", values="content"
    )


def test_planted_groups_are_recovered(chosen, truth):
    assert model(chosen)["algorithm"] == "kmeans"
    assert adjusted_rand_score(truth, labels(chosen)) > 0.95


def test_the_published_method_is_tried_by_each_seed_and_refitted_once(chosen):
    found = tried(chosen).query("space == 'leaves_umap'")
    assert list(found["seed"]) == [0, 1]
    assert list(found["order_ari"].notna()) == [True, False]
    assert list(found["noise_ari"].notna()) == [True, False]
    assert found["seed_ari"].notna().all()
    assert {json.loads(facts)["published_silhouette"] for facts in found["facts"]} == {0.63}


def test_every_algorithm_is_tried_in_every_space(frame, truth):
    heard: list[str] = []
    result = fit_insiders_segmentation(
        frame, candidate_search="full", seeds=1, log=heard.append, **SETTINGS
    )
    found = tried(result)
    pairs = set(zip(found["algorithm"], found["space"], strict=True))
    assert pairs == {(one, space) for one in insiders.ALGORITHMS for space in insiders.SPACES}
    mixtures = found.query("algorithm == 'gaussian_mixture' and space == 'tsne'")
    assert {int(k) for k in mixtures["k"]} == {*insiders.KS}
    # The published settings are one of the six of DBSCAN there, not a seventh.
    near = found.query("space == 'leaves_umap' and algorithm == 'dbscan'")["parameters"]
    assert len(near) == len({*near}) == 12
    compared = found[found["silhouette"].notna()]
    assert compared["space_silhouette"].notna().all()
    assert any("umap with 15 neighbours, seed 0" in words for words in heard)
    # Far groups are found by nearly everything; the labels are the rows' own.
    best = found.query("algorithm == 'agglomerative' and space == 'leaves' and k == 4")
    assert float(best["silhouette"].iloc[0]) > 0.5
    assert adjusted_rand_score(truth, labels(result)) > 0.95


def test_another_process_with_more_threads_gives_the_same_bytes(chosen):
    here = Path(__file__).parent
    environment = os.environ | {
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "2",
        "NUMBA_NUM_THREADS": "2",
        "PYTHONPATH": os.pathsep.join((str(here), str(here.parents[2] / "src"))),
    }
    command = [sys.executable, "-c", CHOSEN_AGAIN]
    output = subprocess.run(command, env=environment, check=True, stdout=-1, text=True).stdout
    assert "dbscan_leaves_umap_s1" in output
    assert output == f"{chosen.to_csv()}\n"


def test_row_order_changes_nothing(frame, chosen):
    shuffled = frame.sample(frac=1, random_state=3)
    assert_frame_equal(fit_insiders_segmentation(shuffled, seeds=2, **SETTINGS), chosen)


def test_without_umap_its_spaces_are_left_out_and_named(frame, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    heard: list[str] = []
    result = fit_insiders_segmentation(
        frame, seeds=1, methods=["pca/hdbscan", "umap/kmeans"], log=heard.append, **SETTINGS
    )
    assert {*tried(result)["space"]} == {"scaled", "pca"}
    ((reason, methods),) = json.loads(model(result)["parameters"])["left_out"].items()
    assert "UMAP needs the package umap-learn" in reason
    assert "candidate_search to none" in reason
    assert methods == ["leaves_umap/dbscan", "umap/kmeans"]
    assert any("umap-learn" in words for words in heard)
    with pytest.raises(embeddings.MissingLibraryError, match="umap-learn"):
        embeddings.umap_layout(np.zeros((5, 2)), (np.zeros((5, 2)), np.zeros((5, 2))), 0)


def test_the_baseline_alone_needs_no_optional_package(frame, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    result = fit_insiders_segmentation(frame, candidate_search="none", **SETTINGS)
    assert json.loads(model(result)["parameters"])["left_out"] == {}
    assert {*tried(result)["space"]} == {"scaled"}


def test_a_constant_feature_changes_no_segment(frame, truth):
    names = (*FEATURES, "flat")
    result = fit_insiders_segmentation(
        frame.assign(flat=1.0),
        feature_names=names,
        target="feature_3",
        k_max=5,
        seeds=1,
        methods=["pca/gaussian_mixture"],
    )
    assert adjusted_rand_score(truth, labels(result)) > 0.95
    assert (tried(result)["space"] == "pca").sum() == len(insiders.KS)


def test_a_constant_target_leaves_the_forest_out(frame):
    result = fit_insiders_segmentation(
        frame.assign(feature_3=2.0), methods=["leaves/kmeans"], **SETTINGS
    )
    ((reason, methods),) = json.loads(model(result)["parameters"])["left_out"].items()
    assert reason == "feature_3 is the same for all, so a forest has nothing to learn"
    assert methods == ["leaves_umap/dbscan", "leaves/kmeans"]


def test_too_few_customers_leave_the_baseline_and_say_why(frame):
    result = fit_insiders_segmentation(frame.head(40), **SETTINGS)
    assert model(result)["k"] == 1
    ((reason, _),) = json.loads(model(result)["parameters"])["left_out"].items()
    assert reason == "40 customers are too few for two segments of 30"


def test_a_column_without_any_value_leaves_nobody_to_fit(frame):
    result = fit_insiders_segmentation(frame.assign(feature_2=np.nan), **SETTINGS)
    assert (model(result)["k"], model(result)["unassigned_count"]) == (0, 160)


def test_no_rows_give_an_empty_frame(frame):
    assert len(fit_insiders_segmentation(frame.head(0), **SETTINGS)) == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"candidate_search": "all"}, "candidate_search must be one of none, chosen, full"),
        ({"target": "revenue"}, r"target must be one of .*feature_1.*not 'revenue'"),
        ({"methods": ["umap"]}, "a method is space/algorithm"),
        ({"methods": ["umap/best"]}, "a method is space/algorithm"),
        ({"seeds": 0}, "seeds must be at least 1"),
    ],
)
def test_what_cannot_be_is_refused_with_what_may_be(frame, wrong, message):
    with pytest.raises(ValueError, match=message):
        fit_insiders_segmentation(frame, **(SETTINGS | wrong))


def test_neighbours_by_leaves_are_those_with_most_trees_in_common():
    generator = np.random.default_rng(1)
    points = generator.normal(size=(60, 3))
    leaves = embeddings.forest_leaves(points, points.sum(axis=1), 0)
    assert (leaves.sum(axis=1) == embeddings.TREES).all()
    rows, distances = embeddings.nearest_by_leaves(leaves, 10)
    apart = pairwise_distances(leaves.toarray(), metric="cityblock") / (2 * embeddings.TREES)
    np.testing.assert_allclose(distances, np.sort(apart, axis=1)[:, :10])
    np.testing.assert_allclose(np.take_along_axis(apart, rows, axis=1), distances)
    assert (rows[:, 0] == np.arange(60)).all()


def test_each_row_is_its_own_first_neighbour_among_equals():
    points = np.repeat([[0.0, 0.0], [1.0, 0.0]], 4, axis=0)
    rows, distances = embeddings.nearest_rows(points, 3)
    assert (rows[:, 0] == np.arange(8)).all()
    assert all(len({*row}) == 3 for row in rows)
    assert (distances == 0).all()


def test_principal_components_hold_the_share_asked_for():
    generator = np.random.default_rng(2)
    points = generator.normal(size=(200, 1)) @ [[3.0, 2.0, 1.0]] + generator.normal(size=(200, 3))
    found = embeddings.principal_components(points, 0.9)
    shares = np.sort(np.linalg.eigvalsh(np.cov(points.T)))[::-1].cumsum()
    wanted = int(np.searchsorted(shares / shares[-1], 0.9)) + 1
    assert found.shape == (200, wanted)
    assert embeddings.principal_components(np.ones((5, 3))).shape == (5, 1)
