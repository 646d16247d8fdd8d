"""The contest: what is measured where, who may win, and what is published of a winner."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from clustering_data import FEATURES, RAW, frame_of, labels, model, planted
from pandas.testing import assert_frame_equal
from sklearn.cluster import DBSCAN
from sklearn.metrics import (
    adjusted_rand_score,
    calinski_harabasz_score,
    davies_bouldin_score,
    silhouette_score,
)

from customer_segments.clustering import fit_kmeans_segmentation
from customer_segments.clustering.contest import (
    Contender,
    Judged,
    decide,
    fit_contest,
    in_original_order,
    judge,
    perturbed,
)

pytestmark = pytest.mark.filterwarnings("error")


def held(values: np.ndarray, contenders=lambda *_: [], **settings: object) -> pd.DataFrame:
    arguments = {
        "feature_names": FEATURES,
        "raw_feature_names": RAW,
        "k_max": 5,
        "documentation": "What it is.",
    }
    return fit_contest(frame_of(values), contenders, **(arguments | settings))


def candidates(result: pd.DataFrame) -> pd.DataFrame:
    rows = result[result["record_kind"] == "candidate"].astype({"name": str, "candidate_id": str})
    numbers = rows.pivot(index="candidate_id", columns="name", values="value")
    texts = rows.pivot(index="candidate_id", columns="name", values="text")
    return numbers.combine_first(texts)


def groups_with_noise(count: int = 400) -> np.ndarray:
    """Three tight groups, and one customer in twelve anywhere."""
    values, truth = planted(40, count)
    values = values[truth < 3]
    generator = np.random.default_rng(5)
    return np.vstack([values, generator.uniform(-40, 80, size=(len(values) // 12, 3))])


def density(system, points: np.ndarray, random_state: int) -> Iterator[Contender]:
    """DBSCAN, as a contender of the caller."""

    def fitted(rows: np.ndarray) -> np.ndarray:
        return DBSCAN(eps=0.25, min_samples=8).fit(rows).labels_

    def refit(order: np.ndarray, noise: float) -> np.ndarray:
        return in_original_order(fitted(perturbed(points, order, noise, random_state)), order)

    settings = {"eps": 0.25, "min_samples": 8}
    yield Contender("dbscan", "scaled", points, fitted(points), parameters=settings, refit=refit)


def test_without_contenders_it_is_k_means():
    values, _ = planted(6)
    alone = held(values)
    kmeans = fit_kmeans_segmentation(
        frame_of(values), feature_names=FEATURES, raw_feature_names=RAW, k_max=5
    )
    for kind in ("assignment", "centroid", "rule", "segment"):
        assert_frame_equal(
            alone[alone["record_kind"] == kind].reset_index(drop=True),
            kmeans[kmeans["record_kind"] == kind].reset_index(drop=True),
        )
    assert model(alone)["why_k"] == f"{model(kmeans)['why_k']}; nothing else was tried"
    assert model(alone)["is_nearest_centroid"] == 1


def test_whoever_separates_better_in_the_features_wins_with_its_labels_and_its_noise():
    values = groups_with_noise()
    result = held(values, density)
    card, found = model(result), labels(result)
    assert (card["algorithm"], card["space"], card["k"]) == ("dbscan", "scaled", 3)
    assert card["is_nearest_centroid"] == 0
    assert json.loads(card["parameters"])["eps"] == 0.25
    scaled = (values.round(6) - values.round(6).mean(axis=0)) / values.round(6).std(axis=0)
    truth = DBSCAN(eps=0.25, min_samples=8).fit(scaled).labels_
    assert adjusted_rand_score(found, truth) == 1
    np.testing.assert_array_equal(found == 0, truth < 0)
    distances = result[result["record_kind"] == "assignment"]["value"].to_numpy()
    np.testing.assert_array_equal(np.isnan(distances), truth < 0)
    tried = candidates(result)
    assert list(tried.index[tried["chosen"] == 1]) == ["dbscan_scaled"]
    assert (tried.loc["dbscan_scaled", ["order_ari", "noise_ari"]] > 0.99).all()
    # Rules speak of segments, not of noise; they cover everybody who is in one.
    rules = result[(result["record_kind"] == "rule") & (result["name"] == "support")]
    assert rules["segment_id"].min() == 1
    assert rules["value"].sum() == (truth >= 0).sum()
    assert card["silhouette"] == pytest.approx(
        silhouette_score(scaled[truth >= 0], truth[truth >= 0]), abs=1e-6
    )


def test_the_order_of_rows_does_not_matter():
    values = groups_with_noise()
    frame = frame_of(values)
    arguments = {"feature_names": FEATURES, "k_max": 4, "documentation": "."}
    assert_frame_equal(
        fit_contest(frame.sample(frac=1, random_state=3), density, **arguments),
        fit_contest(frame, density, **arguments),
    )


def test_whoever_takes_no_part_gets_the_nearest_centroid():
    values, truth = planted(40, 400)
    result = held(values, density, max_fit_rows=300)
    assert model(result)["fit_row_count"] == 300
    assert adjusted_rand_score(labels(result), truth) == 1


def test_contenders_are_not_asked_where_two_segments_are_too_many():
    def refuses(*_: object) -> list[Contender]:
        raise AssertionError("asked")

    result = held(planted(6)[0][:59], refuses)
    assert model(result)["k"] == 1


def test_criteria_are_those_of_scikit_learn_in_both_spaces_without_noise():
    values, truth = planted(6, 300)
    found = np.where(np.arange(300) % 10 == 0, -1, truth * 2)  # with gaps in the numbering
    space = values[:, :2] * 3
    (judged,) = judge(values, [Contender("dbscan", "squashed", space, found)], 0)
    kept = found >= 0
    assert judged.silhouette == pytest.approx(silhouette_score(values[kept], found[kept]))
    assert judged.space_silhouette == pytest.approx(silhouette_score(space[kept], found[kept]))
    assert judged.davies_bouldin == pytest.approx(davies_bouldin_score(values[kept], found[kept]))
    assert judged.space_davies_bouldin == pytest.approx(
        davies_bouldin_score(space[kept], found[kept])
    )
    assert judged.calinski_harabasz == pytest.approx(
        calinski_harabasz_score(values[kept], found[kept])
    )
    assert (judged.cluster_count, judged.noise_share) == (4, 0.1)
    assert judged.smallest_size == np.bincount(truth[kept]).min()


def test_seeds_of_one_method_are_compared_and_settings_keep_methods_apart():
    values, truth = planted(6, 300)
    other = np.roll(truth, 1)
    contenders = [
        Contender("spectral", "scaled", values, truth, k=4, seed=0),
        Contender("spectral", "scaled", values, other, k=4, seed=1),
        Contender("spectral", "scaled", values, truth, k=4, seed=0, parameters={"neighbours": 5}),
    ]
    first, second, alone = judge(values, contenders, 0)
    assert first.seed_ari == second.seed_ari == pytest.approx(adjusted_rand_score(truth, other))
    assert math.isnan(alone.seed_ari)
    result = held(values, lambda *_: contenders)
    assert {"spectral_scaled_k04_p01_s0", "spectral_scaled_k04_p01_s1"} <= set(
        candidates(result).index
    )
    assert "spectral_scaled_k04_p02_s0" in candidates(result).index


def test_no_cluster_and_a_single_cluster_are_refused_not_failed():
    values, _ = planted(6, 300)
    contenders = [
        Contender("dbscan", "scaled", values, np.full(300, -1), parameters={"eps": 0.01}),
        Contender("dbscan", "scaled", values, np.zeros(300, dtype=int), parameters={"eps": 99}),
    ]
    tried = candidates(held(values, lambda *_: contenders))
    assert tried.loc["dbscan_scaled_p01", "reason"] == "refused: 0 clusters"
    assert tried.loc["dbscan_scaled_p02", "reason"] == "refused: 1 clusters"


def judged(silhouette: float, **more: object) -> Judged:
    """A contender with four clusters, admissible and stable unless `more` says otherwise."""
    nothing = np.zeros((0, 1))
    contender = Contender("spectral", "umap", nothing, nothing[:, 0], k=4, seed=more.pop("seed", 0))
    good = {
        "cluster_count": 4,
        "noise_share": 0.0,
        "smallest_share": 0.1,
        "smallest_size": 100,
        "silhouette": silhouette,
        "space_silhouette": 0.99,
        "seed_ari": 0.9,
    }
    return Judged(contender, **(good | more))


@pytest.mark.parametrize(
    ("one", "wins", "reason"),
    [
        (judged(0.32), True, "chosen: spectral on umap"),
        (judged(0.319), False, "not chosen: silhouette 0.319 in the standardised features"),
        (judged(0.9, cluster_count=2), False, "not chosen: at least 3 segments are wanted"),
        (judged(0.9, noise_share=0.11), False, "refused: 11.0% of the customers are noise"),
        (judged(0.9, noise_share=0.1), True, "chosen"),
        (judged(0.9, smallest_size=29), False, "refused: the smallest cluster (29 customers"),
        (judged(0.9, smallest_share=0.009), False, "refused: the smallest cluster"),
        (judged(0.9, seed_ari=0.749), False, "not chosen: its seeds agree at"),
        (judged(0.9, seed_ari=math.nan), False, "not chosen: a single seed says nothing"),
        (judged(0.9, seed_ari=math.nan, seed=None), True, "chosen"),
        (judged(0.9, order_ari=0.5), False, "not chosen: fits in another order of rows agree"),
        (judged(0.9, noise_ari=0.5), False, "not chosen: fits with noise of 1e-6 agree"),
    ],
)
def test_the_policy(one, wins, reason):
    verdict = decide([one], 3, lambda count: 0.3)
    assert verdict.winner == (0 if wins else None)
    assert verdict.reasons[0].startswith(reason)


def test_a_fixed_k_is_kept_to():
    assert decide([judged(0.9)], 3, lambda count: 0.3, is_k_fixed=True).winner is None
    assert decide([judged(0.9)], 4, lambda count: 0.3, is_k_fixed=True).winner == 0


def test_a_method_is_judged_by_all_its_seeds_and_published_with_the_first():
    lucky = [judged(0.31, seed=0), judged(0.34, seed=1)]
    assert decide(lucky, 3, lambda count: 0.3).winner == 0
    unlucky = [judged(0.34, seed=0), judged(0.29, seed=1)]
    assert decide(unlucky, 3, lambda count: 0.3).winner is None
    failing = [judged(0.9, seed=0), judged(0.9, seed=1, noise_share=0.2)]
    assert decide(failing, 3, lambda count: 0.3).winner is None


def test_of_several_the_largest_gain_over_k_means_with_as_many_clusters_wins():
    four, six = judged(0.5), judged(0.45, cluster_count=6)
    six = replace(six, contender=replace(six.contender, k=6))
    beside = {4: 0.4, 6: 0.2}
    assert decide([four, six], 3, beside.__getitem__).winner == 1
