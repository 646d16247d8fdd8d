"""Sequences, LSTM, time warping and k-medoids: by brute force, by planted kinds, at the edges."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from clustering_data import labels
from clustering_data import model as card
from sequence_data import FEATURES, RAW, planted_accounts
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, pairwise_distances

from customer_segments.clustering import bank, dtw
from customer_segments.clustering.bank import fit_bank_segmentation
from customer_segments.clustering.dtw import TimeWarping, classical_scaling
from customer_segments.clustering.kmedoids import KMedoids
from customer_segments.clustering.lstm import LstmAutoencoder
from customer_segments.clustering.sequences import Sequences, read_sequences, reduced

QUICK = {"lstm_units": 6, "lstm_code_size": 3, "lstm_steps": 30}
LSTM = LstmAutoencoder(6, 3, 30)
SHORT = LstmAutoencoder(6, 2, 150, 0.05)
SETTINGS = {"feature_names": FEATURES, "raw_feature_names": RAW, "k_max": 5} | QUICK


@pytest.fixture(scope="module")
def accounts() -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    return planted_accounts(160, 18, noise=0.1)


@pytest.fixture(scope="module")
def sequences(accounts) -> Sequences:
    features, periods, _ = accounts
    return read_sequences(periods, "bank", features["customer_id"].tolist(), bank.MEASURES)


@pytest.fixture(scope="module")
def chosen(accounts) -> pd.DataFrame:
    features, periods, _ = accounts
    return fit_bank_segmentation(features, periods, methods=["dtw", "rfm"], **SETTINGS)


def model(result: pd.DataFrame) -> dict[str, float | str]:
    return card(result, "bank")


def candidates(result: pd.DataFrame) -> pd.DataFrame:
    """The candidates by their id, numbers and texts side by side."""
    rows = result[result["record_kind"] == "candidate"]
    rows = rows.astype({"name": str, "candidate_id": str, "value": object})
    rows["value"] = rows["value"].where(rows["text"].isna(), rows["text"])
    return rows.pivot(index="candidate_id", columns="name", values="value")


def table(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Periods of one measure."""
    frame = pd.DataFrame(rows, columns=["customer_id", "month", "level"])
    return frame.assign(source_system="bank")


def read(frame: pd.DataFrame, ids: list[str]) -> Sequences:
    return read_sequences(frame, "bank", ids, ["level"], period="month")


# Sequences


def test_sequences_end_together_and_are_standardised_over_what_is_observed():
    frame = table(("b", "02", 3), ("a", "01", 1), ("a", "02", 2), ("c", "02", 9))
    other = table(("a", "02", 99)).assign(source_system="shop")
    found = read(pd.concat([frame, other]), ["a", "b"])
    assert found.starts.tolist() == [0, 1]
    assert found.observed.tolist() == [[True, True], [False, True]]
    # 1, 2 and 3; what is before the beginning stays 0 and does not count.
    step = np.sqrt(1.5)
    assert found.values[:, :, 0] == pytest.approx(np.array([[-step, 0], [0, step]]), abs=1e-6)
    assert [part.ravel().tolist() for part in found.ragged()][1] == [found.values[1, 1, 0]]


def test_the_order_of_the_rows_does_not_matter(accounts, sequences):
    features, periods, _ = accounts
    ids = features["customer_id"].tolist()
    again = read_sequences(periods.sample(frac=1, random_state=1), "bank", ids, bank.MEASURES)
    assert np.array_equal(again.values, sequences.values)


def test_constant_sequences_are_zeros():
    found = read(table(("a", "01", 5), ("a", "02", 5), ("b", "02", 5)), ["a", "b"])
    assert not found.values.any()
    assert TimeWarping().exact(found).tolist() == [[0.0], [0.0]]
    constant = Sequences(np.zeros((20, 5, 1)), np.zeros(20, dtype=int))
    codes, explained = SHORT.encode(constant, 0)
    assert np.ptp(codes, axis=0).max() == 0
    assert explained > 0.95
    assert not reduced(np.ones((4, 2)), 2).any()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("a", "01", 1), ("a", "03", 1), ("b", "02", 1), ("b", "03", 1)], "lack periods"),
        ([("a", "01", 1), ("b", "01", 1), ("b", "02", 1)], "lack periods"),
        ([("a", "01", 1), ("a", "01", 1), ("b", "01", 1), ("b", "02", 1)], "lack periods"),
        ([("a", "01", 1)], "1 customers lack periods.*'b'"),
        ([("a", "01", 1), ("b", "01", np.nan)], "'level' of the periods is no number in 1 rows"),
        ([("a", "01", 1), ("b", "01", "x")], "'level' of the periods is not numeric"),
    ],
)
def test_periods_that_are_no_sequences_are_refused(rows, words):
    with pytest.raises(ValueError, match=words):
        read(table(*rows), ["a", "b"])


def test_a_table_of_periods_without_a_measure_is_refused():
    with pytest.raises(ValueError, match=r"lacks the columns \['balance'\]"):
        read_sequences(table(("a", "01", 1)), "bank", ["a"], ["balance"], period="month")


def test_reduced_blocks_count_alike_whatever_their_units():
    block = np.random.default_rng(0).normal(size=(50, 4)) * [1, 10, 100, 1000]
    for n_components in (1, 2, 4, 9):
        assert reduced(block, n_components).var(axis=0).sum() == pytest.approx(1, abs=1e-5)


# Time warping


def warped(first: np.ndarray, second: np.ndarray, window: int) -> float:
    """The definition, cell by cell, with the band about both diagonals."""
    rows, columns = len(first), len(second)
    best = np.full((rows + 1, columns + 1), np.inf)
    best[0, 0] = 0
    for i in range(rows):
        for j in range(columns):
            lowest = i - max(0, rows - columns) - window + 1
            if lowest <= j < i + max(0, columns - rows) + window:
                cost = ((first[i] - second[j]) ** 2).sum()
                best[i + 1, j + 1] = cost + min(best[i, j], best[i, j + 1], best[i + 1, j])
    return np.sqrt(best[-1, -1] / max(rows, columns))


def test_distances_are_those_of_the_definition(sequences):
    few = sequences.take(np.arange(12))
    found = TimeWarping(window_share=0.2).distances(few)
    window = int(np.ceil(0.2 * max(len(part) for part in few.ragged())))
    for i, j in combinations(range(len(few)), 2):
        expected = warped(few.ragged()[i], few.ragged()[j], window)
        assert found[i, j] == pytest.approx(expected, abs=1e-9)
    assert np.array_equal(found, found.T)


def test_distances_to_landmarks_are_columns_of_the_whole_matrix(sequences):
    landmarks = np.array([3, 50, 51, 159])
    some = TimeWarping().distances(sequences, landmarks)
    assert some == pytest.approx(TimeWarping().distances(sequences)[:, landmarks], abs=1e-12)


def test_classical_scaling_gives_back_the_points():
    points = np.random.default_rng(0).normal(size=(40, 3))
    found = classical_scaling(pairwise_distances(points), 5)
    assert found.shape == (40, 3)
    assert pairwise_distances(found) == pytest.approx(pairwise_distances(points), abs=1e-4)


def shifted() -> tuple[Sequences, np.ndarray]:
    """Two peaks, one, or a peak and a trough, each up to three months early or late."""
    generator = np.random.default_rng(0)
    time = np.arange(24) - generator.integers(-3, 4, (150, 1))
    early, middle, late = (3 * np.exp(-0.5 * ((time - peak) / 1.5) ** 2) for peak in (5, 11, 18))
    kind = np.arange(150) % 3
    course = np.choose(kind[:, None], (early + late, 1.4 * middle, early - late))
    values = course + generator.normal(0, 0.1, (150, 24))
    return Sequences(values[:, :, None], np.zeros(150, dtype=int)), kind


def test_landmarks_and_all_pairs_find_courses_that_begin_early_or_late():
    found, kind = shifted()
    for points in (TimeWarping().exact(found), TimeWarping(0.12, 64).by_landmarks(found, 0)):
        labels = KMeans(3, n_init=10, random_state=0).fit_predict(points)
        assert adjusted_rand_score(kind, labels) > 0.95


def test_above_the_limit_all_pairs_are_refused_and_landmarks_taken(sequences, monkeypatch):
    monkeypatch.setattr(dtw, "MAX_EXACT_ROWS", 100)
    with pytest.raises(ValueError, match=r"all pairs of 160 sequences .* limit is 100.*landmarks"):
        TimeWarping().exact(sequences)
    taken = TimeWarping().coordinates(sequences, 3)
    assert np.array_equal(taken, TimeWarping().by_landmarks(sequences, 3))
    assert taken.shape == (160, 16)
    assert not np.array_equal(taken, TimeWarping().by_landmarks(sequences, 4))


# LSTM


def test_codes_depend_on_the_seed_alone_and_training_helps(sequences):
    codes, explained = LSTM.encode(sequences, 1)
    again, _ = LSTM.encode(sequences, 1)
    other, _ = LSTM.encode(sequences, 2)
    assert np.array_equal(codes, again)
    assert not np.array_equal(codes, other)
    assert codes.shape == (160, 3)
    assert 0.2 < explained < 1


def test_what_is_before_the_opening_changes_nothing(sequences):
    filled = Sequences(
        np.where(sequences.observed[:, :, None], sequences.values, 7.0), sequences.starts
    )
    assert np.array_equal(LSTM.encode(filled, 0)[0], LSTM.encode(sequences, 0)[0])


def test_the_output_is_linear_and_reaches_negative_numbers():
    values = np.repeat([[[-2.0]], [[2.0]]], 10, axis=0).repeat(5, axis=1)
    found = Sequences(values, np.zeros(20, dtype=int))
    assert SHORT.encode(found, 0)[1] > 0.95


# K-medoids


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("k", [1, 2, 3])
def test_medoids_are_the_best_of_all_on_small_data(seed, k):
    """The exchange ends in a local optimum; with groups this clear there is no other."""
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(15, 2)) + 6 * generator.integers(0, 3, (15, 1))
    distances = pairwise_distances(points)
    costs = {
        medoids: distances[:, medoids].min(axis=1).sum() for medoids in combinations(range(15), k)
    }
    fitted = KMedoids(k).fit(points)
    assert fitted.inertia_ == pytest.approx(min(costs.values()))
    assert fitted.inertia_ == pytest.approx(costs[tuple(fitted.medoid_indices_)])
    assert np.array_equal(fitted.cluster_centers_, points[fitted.medoid_indices_])
    assert np.array_equal(fitted.labels_, distances[:, fitted.medoid_indices_].argmin(axis=1))


@pytest.mark.parametrize("seed", range(4))
def test_no_single_exchange_of_a_medoid_helps(seed):
    points = np.random.default_rng(seed).normal(size=(40, 3))
    distances, fitted = pairwise_distances(points), KMedoids(4).fit(points)
    for position in range(4):
        for candidate in range(40):
            medoids = fitted.medoid_indices_.copy()
            medoids[position] = candidate
            assert distances[:, medoids].min(axis=1).sum() >= fitted.inertia_ - 1e-9


def test_a_customer_far_away_is_no_medoid():
    points = np.array([[0.0], [1], [2], [3], [4], [10], [11], [12], [13], [14], [30]])
    assert KMedoids(2).fit(points).cluster_centers_.ravel().tolist() == [2, 12]
    assert 30 in KMeans(2, n_init=10, random_state=0).fit(points).cluster_centers_


def test_impossible_numbers_of_medoids_are_refused():
    with pytest.raises(ValueError, match="4 medoids of 3 rows"):
        KMedoids(4).fit(np.zeros((3, 1)))
    with pytest.raises(ValueError, match="more than 5,000"):
        KMedoids(2).fit(np.zeros((5_001, 1)))


# The contest


def test_planted_kinds_are_found_by_what_the_months_are_like():
    features, periods, truth = planted_accounts(400, 48, noise=0.1)
    found = fit_bank_segmentation(
        features, periods, candidate_search="none", **SETTINGS | {"k": 5, "k_max": 2}
    )
    assert adjusted_rand_score(truth, labels(found)) > 0.9


def test_every_method_stands_beside_the_baseline_and_none_wins_in_its_own_space(chosen):
    assert model(chosen)["algorithm"] == "kmeans"
    tried = candidates(chosen)
    assert {"kmeans_hybrid_k03_s0", "kmeans_dtw_k03_s1", "kmeans_rfm_k03_s0"} <= {*tried.index}
    hybrid = tried.loc["kmeans_hybrid_k03_s0"]
    assert hybrid[["silhouette", "space_silhouette", "seed_ari", "order_ari"]].notna().all()
    # By its own space nobody is chosen: the silhouette of the features stands beside it.
    assert "in the standardised features" in hybrid["reason"]


def fitted_hash() -> str:
    """The sha256 of a fit; run by a process of its own, too."""
    features, periods, _ = planted_accounts(160, 18, noise=0.1)
    result = fit_bank_segmentation(features, periods, **SETTINGS | {"k_max": 3})
    return hashlib.sha256(result.to_csv(index=False).encode()).hexdigest()


def test_another_process_gives_the_same_bytes():
    folder = Path(__file__).parent
    paths = [str(folder), str(folder.parents[2] / "src")]
    found = subprocess.run(
        [sys.executable, "-c", "import test_sequences; print(test_sequences.fitted_hash())"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )
    assert found.stdout.strip() == fitted_hash(), found.stderr


def test_the_order_of_the_accounts_does_not_matter(accounts, chosen):
    features, periods, _ = accounts
    again = fit_bank_segmentation(
        features.sample(frac=1, random_state=2),
        periods.sample(frac=1, random_state=3),
        methods=["dtw", "rfm"],
        **SETTINGS,
    )
    pd.testing.assert_frame_equal(again, chosen)


def test_none_tries_nothing_else_and_needs_no_library(accounts, monkeypatch):
    features, periods, _ = accounts
    for library in ("keras", "jax", "dtaidistance"):
        monkeypatch.setitem(sys.modules, library, None)
    found = fit_bank_segmentation(features, periods, candidate_search="none", **SETTINGS)
    assert {*candidates(found)["space"]} == {"scaled"}
    assert "nothing else was tried" in model(found)["why_k"]


def test_full_tries_every_representation_and_k_medoids(accounts, monkeypatch):
    features, periods, _ = accounts
    monkeypatch.setattr(bank, "_FULL_SEEDS", 2)
    monkeypatch.setattr(bank, "KS", range(3, 5))
    found = candidates(
        fit_bank_segmentation(features, periods, candidate_search="full", **SETTINGS)
    )
    assert {*found["space"]} == {"scaled", *bank.PARTS}
    medoids = found.loc["kmedoids_scaled_k03"]
    assert medoids["order_ari"] == medoids["noise_ari"] == 1
    assert found.loc["kmeans_dtw_k03_s0", "noise_ari"] > 0.9


@pytest.mark.parametrize(
    ("library", "left_out"),
    [
        ("keras", {"hybrid": "keras not installed"}),
        ("jax", {"hybrid": "jax not installed"}),
        (
            "dtaidistance",
            {"hybrid": "dtaidistance not installed", "dtw": "dtaidistance not installed"},
        ),
    ],
)
def test_without_a_library_its_methods_are_left_out_and_it_is_said(
    accounts, monkeypatch, library, left_out
):
    features, periods, _ = accounts
    monkeypatch.setitem(sys.modules, library, None)
    said = []
    found = fit_bank_segmentation(
        features, periods, methods=["dtw", "rfm"], log=said.append, **SETTINGS
    )
    assert json.loads(model(found)["parameters"])["left_out"] == left_out
    assert all(any(space in words for words in said) for space in left_out)
    assert "hybrid" not in {*candidates(found)["space"]}


def test_what_is_called_by_itself_names_the_library_that_is_missing(sequences, monkeypatch):
    monkeypatch.setitem(sys.modules, "dtaidistance", None)
    with pytest.raises(ModuleNotFoundError, match="pip install dtaidistance"):
        TimeWarping().distances(sequences)
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(ImportError, match="needs keras"):
        LstmAutoencoder(2, 2, 1).encode(sequences, 0)


def test_too_few_accounts_are_one_segment_and_nothing_is_tried(accounts):
    features, periods, _ = accounts
    found = fit_bank_segmentation(features.head(20), periods, **SETTINGS)
    assert model(found)["k"] == 1
    assert "hybrid" not in {*candidates(found)["space"]}


def test_nothing_known_of_any_owner_is_no_obstacle(accounts):
    features, periods, _ = accounts
    unknown = features.assign(is_female=pd.NA, age=np.nan)
    found = candidates(fit_bank_segmentation(unknown, periods, **SETTINGS))
    assert "kmeans_hybrid_k03_s0" in found.index


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"candidate_search": "all"}, "candidate_search must be one of none, chosen, full"),
        ({"methods": ["sax"]}, r"methods must be of lstm, .*not \['sax'\]"),
    ],
)
def test_settings_that_are_not_known_are_refused(accounts, change, words):
    features, periods, _ = accounts
    with pytest.raises(ValueError, match=words):
        fit_bank_segmentation(features, periods, **SETTINGS | change)


def test_a_feature_table_without_the_owner_is_refused(accounts):
    features, periods, _ = accounts
    with pytest.raises(ValueError, match=r"lacks the columns \['age'\]"):
        fit_bank_segmentation(features.drop(columns="age"), periods, **SETTINGS)


def test_importing_the_package_imports_none_of_the_slow_libraries():
    code = (
        "import sys, customer_segments.clustering.bank\n"
        "print({'keras', 'jax', 'dtaidistance'} & {*sys.modules})"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
