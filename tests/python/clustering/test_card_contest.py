"""Card holders: what is tried against k-means on the attributes, and what becomes of it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from clustering_data import candidates, model
from scipy.cluster.hierarchy import cophenet, linkage
from scipy.spatial.distance import pdist
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from customer_segments.clustering import card
from customer_segments.clustering.card import elbow, fit_card_segmentation, imputations
from customer_segments.clustering.contest import Contender
from customer_segments.clustering.preparation import mean_and_scale, split_by_system

ROOT = Path(__file__).parents[3]
FEW = {"epochs": 5, "k_max": 4}
"""Enough where the quality of the codes is not looked at."""


def sample_cards() -> pd.DataFrame:
    """The card holders of the sample data as features_credit_card has them."""
    raw = pd.read_csv(ROOT / "sample_data/credit_card/cc_general.csv")
    values = raw.drop(columns="CUST_ID").rename(columns=str.lower)
    missing = values.isna()
    frame = values.fillna(values.median()).astype(float)
    frame["missing_attributes"] = [", ".join(missing.columns[row]) for row in missing.to_numpy()]
    frame.insert(0, "customer_id", raw["CUST_ID"])
    frame.insert(0, "source_system", "credit_card")
    return frame


CARDS = sample_cards()
ATTRIBUTES = tuple(CARDS.columns[2:-1])


def fit(frame: pd.DataFrame = CARDS, **settings: object) -> pd.DataFrame:
    return fit_card_segmentation(
        frame, feature_names=ATTRIBUTES, raw_feature_names=ATTRIBUTES, **(FEW | settings)
    )


def contenders(frame: pd.DataFrame, **settings: object) -> list[Contender]:
    """What a search tries, with the labels, which a result has of the winner alone."""
    caught = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(card, "fit_contest", lambda _, tried, **more: caught.update(tried=tried))
        fit_card_segmentation(frame, feature_names=ATTRIBUTES, **settings)
    (system,) = split_by_system(frame, ATTRIBUTES, ())
    mean, scale = mean_and_scale(system.features)
    with threadpool_limits(limits=1):
        return list(caught["tried"](system, (system.features - mean) / scale, 0))


@pytest.fixture(scope="module")
def full() -> list[Contender]:
    """Everything that is tried on the sample."""
    return contenders(CARDS, candidate_search="full")


@pytest.fixture(scope="module")
def chosen() -> pd.DataFrame:
    return fit()


def planted_truth() -> np.ndarray:
    groups = pd.read_csv(ROOT / "tests/fixtures/planted_groups.csv")
    groups = groups[groups["source_system"] == "credit_card"].set_index("customer_id")["group"]
    return groups.sort_index().to_numpy()


def test_planted_groups_by_space(full):
    """Five groups are planted; the plain attributes know them better than any training's codes."""
    truth, found = planted_truth(), {}
    for one in full:
        if one.algorithm == "kmeans" and one.k == 5 and "imputation" not in one.parameters:
            ari = adjusted_rand_score(truth, one.labels)
            found.setdefault(one.space, []).append(ari)
    assert min(found["scaled"]) > 0.7
    assert min(found["pca"]) > 0.7
    assert len(found["autoencoder"]) == 3
    assert 0.3 < np.mean(found["autoencoder"]) < max(found["autoencoder"]) < min(found["scaled"])


def test_every_space_is_tried_with_each_seed_and_number_of_clusters(full):
    tried = {
        (one.space, one.k, one.seed)
        for one in full
        if one.algorithm == "kmeans" and "imputation" not in one.parameters
    }
    assert tried == {
        (space, k, seed)
        for space in ("scaled", "pca", "autoencoder")
        for k in range(2, 10)
        for seed in range(3)
    }
    assert all(len(one.labels) == len(one.points) == len(CARDS) for one in full)
    # One space is one object, or its distances would be computed for every candidate.
    assert len({id(one.points) for one in full}) == 1 + 1 + 3 + 3


def test_only_the_published_method_is_fitted_again(full):
    refitted = [(one.space, one.k, one.seed) for one in full if one.refit]
    assert refitted == [("autoencoder", 3, 0)]


def test_a_refit_of_the_same_rows_is_the_same_and_comes_in_their_order(full):
    (published,) = (one for one in full if one.refit)
    again = published.refit(np.arange(len(CARDS)), 0.0)
    assert np.array_equal(again, published.labels)
    order = np.random.default_rng(0).permutation(len(CARDS))
    elsewhere = published.refit(order, 0.0)
    # Not the same training, but it is the same customers that are alike.
    assert 0.1 < adjusted_rand_score(elsewhere, published.labels) <= 1


def test_the_principal_components_keep_the_stated_share(full):
    facts = next(one for one in full if one.space == "pca")
    assert facts.points.shape == (len(CARDS), facts.notes["components"])
    assert facts.notes["explained_variance"] >= 0.9
    shares = facts.points.var(axis=0) / len(ATTRIBUTES)
    assert shares.sum() == pytest.approx(facts.notes["explained_variance"], abs=1e-5)
    assert shares[:-1].sum() < 0.9


def test_sql_imputes_as_the_library_does(full):
    """The median of the feature table is the one recorded beside the mean and the neighbours."""
    found = {
        (one.parameters["imputation"], one.k): one for one in full if "imputation" in one.parameters
    }
    assert {name for name, _ in found} == {"median", "mean", "nearest neighbours"}
    assert {k for _, k in found} == set(range(2, 7))
    for (name, _), one in found.items():
        assert one.notes["imputed_cells"] == 15
        assert one.notes["ari"] == 1 if name == "median" else one.notes["ari"] > 0.9
    points = next(one.points for one in full if one.space == "scaled")
    assert np.array_equal(found["median", 2].points, points)
    assert not np.array_equal(found["mean", 2].points, points)


def test_the_hierarchies_of_the_codes(full):
    trees = {one.parameters["linkage"]: one for one in full if one.algorithm == "agglomerative"}
    assert set(trees) == {"average", "single", "complete", "ward"}
    for method, one in trees.items():
        expected, _ = cophenet(linkage(one.points, method), pdist(one.points))
        assert one.notes["cophenetic_correlation"] == pytest.approx(expected, abs=1e-6)
        assert one.notes["merged_count"] == len(CARDS)
        assert 2 <= one.notes["gap_k"] <= 9
        assert set(one.labels) == {0, 1, 2}


def test_many_customers_are_merged_as_small_clusters(monkeypatch):
    monkeypatch.setattr(card, "EXACT_ROWS", 100)
    monkeypatch.setattr(card, "SMALL_CLUSTERS", 50)
    tried = contenders(CARDS, methods=["agglomerative"], epochs=5, seeds=1)
    trees = [one for one in tried if one.algorithm == "agglomerative"]
    assert [one.notes["merged_count"] for one in trees] == [50] * 4
    assert all(len(one.labels) == len(CARDS) for one in trees)


def test_chosen_is_the_published_method_beside_the_baseline(chosen):
    rows = chosen[chosen["record_kind"] == "candidate"]
    assert {name for name in rows["candidate_id"].unique() if "_k" in name and "auto" in name} == {
        f"kmeans_autoencoder_k03_s{seed}" for seed in range(3)
    }
    own = rows[rows["candidate_id"] == "kmeans_autoencoder_k03_s0"].set_index("name")
    assert {"space_silhouette", "silhouette", "seed_ari", "order_ari", "noise_ari"} <= {*own.index}
    assert json.loads(own.loc["facts", "text"]).keys() == {"inertia", "reconstruction_error"}
    facts = model(chosen, "credit_card")
    assert (facts["algorithm"], facts["space"]) == ("kmeans", "scaled")
    assert "autoencoder" in facts["algorithm_documentation"]
    assert {"keras", "jax"} <= json.loads(facts["library_versions"]).keys()


def test_none_tries_nothing_and_imports_nothing():
    code = """
import sys
sys.path.insert(0, "tests/python/clustering")
from test_card_contest import CARDS, fit
fit(candidate_search="none")
print(sorted({"keras", "jax"} & sys.modules.keys()))
"""
    found = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT
    )
    assert found.stdout == "[]\n"


def test_two_processes_give_the_same_bytes(chosen):
    code = """
import sys
sys.path.insert(0, "tests/python/clustering")
from test_card_contest import bytes_of, fit
sys.stdout.buffer.write(bytes_of(fit()))
"""
    elsewhere = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT
    )
    assert elsewhere.stdout == bytes_of(chosen)


def bytes_of(result: pd.DataFrame) -> bytes:
    return result.to_csv(index=False, float_format="%.17g").encode()


def test_the_order_of_the_rows_is_nothing_to_it(chosen):
    assert bytes_of(fit(CARDS.sample(frac=1, random_state=3))) == bytes_of(chosen)


def test_without_keras_the_codes_are_left_out_and_it_is_said(monkeypatch):
    monkeypatch.setattr(card, "missing_libraries", lambda: ["keras"])
    said = []
    result = fit(methods=["pca"], log=said.append)
    assert said[0] == "the autoencoder is left out: keras not installed"
    parameters = json.loads(model(result, "credit_card")["parameters"])
    assert parameters["left_out"] == ["autoencoder: keras not installed"]
    ids = result["candidate_id"].dropna().unique()
    assert not [name for name in ids if "autoencoder" in name]
    assert [name for name in ids if "pca" in name]


def test_an_attribute_that_does_not_vary_and_one_that_nobody_has_count_for_nothing(chosen):
    frame = CARDS.assign(tenure=12.0, payments=0.0)
    without = [name for name in ATTRIBUTES if name not in ("tenure", "payments")]
    frame["missing_attributes"] = [
        ", ".join(filter(None, [names, "payments"])) for names in CARDS["missing_attributes"]
    ]
    result = fit(frame, methods=["imputation"])
    card_of = model(result, "credit_card")
    assert json.loads(card_of["parameters"])["attributes_without_values"] == ["payments"]
    fewer = fit_card_segmentation(frame, feature_names=without, candidate_search="none", **FEW)
    rows = [
        found.loc[found["record_kind"] == "assignment", "segment_id"].tolist()
        for found in (result, fewer)
    ]
    assert rows[0] == rows[1]
    imputed = result[result["candidate_id"].astype("str").str.contains("scaled_k")]
    assert imputed.loc[imputed["name"] == "silhouette", "value"].notna().all()


def test_all_alike_are_one_segment():
    frame = CARDS.assign(**dict.fromkeys(ATTRIBUTES, 1.0))
    result = fit(frame, candidate_search="full", seeds=1)
    assert model(result, "credit_card")["why_k"].startswith("one segment: all customers are equal")


def test_too_few_customers_are_one_segment():
    result = fit(CARDS.head(40))
    facts = model(result, "credit_card")
    assert facts["k"] == 1
    assert "40 customers are too few" in facts["why_k"]


def test_nobody_is_no_segment():
    assert fit(CARDS.head(0)).empty


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"candidate_search": "all"}, "candidate_search must be one of none, chosen, full"),
        ({"methods": ["umap"]}, r"methods can be .*; not known: \['umap'\]"),
        ({"seeds": 0}, "seeds must be a whole number from 1"),
        ({"published_k": 1}, "published_k must be a whole number from 2"),
        ({"pca_explained_variance": 90}, "a share between 0 and 1"),
        ({"epochs": 0}, "epochs must be a whole number from 1"),
    ],
)
def test_settings_that_nothing_can_be_tried_with_are_refused(setting, words):
    with pytest.raises(ValueError, match=words):
        fit(**setting)


def test_the_feature_table_must_say_what_was_imputed():
    with pytest.raises(ValueError, match="lacks the column missing_attributes"):
        fit(CARDS.drop(columns="missing_attributes"))


def test_imputations_by_hand():
    nan = math.nan
    values = np.array(
        [[1.0, 10.0, nan], [2.0, 20.0, nan], [3.0, 30.0, nan], [4.0, 60.0, nan], [2.0, nan, nan]]
    )
    found = imputations(values)
    assert found["median"][4].tolist() == [2.0, 25.0, 0.0]
    assert found["mean"][4].tolist() == [2.0, 30.0, 0.0]
    # Four others, all of them neighbours.
    assert found["nearest neighbours"][4].tolist() == [2.0, 30.0, 0.0]
    for table in found.values():
        assert np.array_equal(table[:4, :2], values[:4, :2])


def test_neighbours_are_near_in_what_both_have():
    near = np.column_stack(
        [np.r_[np.zeros(6), np.full(6, 9.0)], np.r_[np.ones(6), np.full(6, 5.0)]]
    )
    near[11, 1] = math.nan
    assert imputations(near)["nearest neighbours"][11, 1] == 5


def test_the_elbow_is_where_the_curve_bends():
    assert elbow([2, 3, 4, 5, 6], [100, 60, 20, 15, 10]) == 4
    assert elbow([2, 3], [100, 60]) is None
    assert elbow([2, 3, 4], [5, 5, 5]) is None


def test_candidates_have_a_reason(chosen):
    assert candidates(chosen)["reason"].notna().all()
