"""The same customers give the same frame, whatever the order, the threads or the last digits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from clustering_data import FEATURES, RAW, frame_of, labels, model, planted, skewed
from pandas.testing import assert_frame_equal
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from customer_segments.clustering import fit_kmeans_segmentation
from customer_segments.clustering.assignment import canonical_order
from customer_segments.clustering.preparation import split_by_system

SETTINGS = {"feature_names": FEATURES, "raw_feature_names": RAW, "k_max": 4}
SAMPLES = {"max_fit_rows": 200, "max_criteria_rows": 120}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    groups, _ = planted(6.0, count=300)
    return pd.concat(
        [frame_of(groups, "shop"), frame_of(skewed(count=130), "bank")], ignore_index=True
    )


@pytest.fixture(scope="module")
def result(frame: pd.DataFrame) -> pd.DataFrame:
    return fit_kmeans_segmentation(frame, **SETTINGS, **SAMPLES)


def test_row_order_changes_nothing(frame, result):
    shuffled = frame.sample(frac=1, random_state=3)
    assert_frame_equal(fit_kmeans_segmentation(shuffled, **SETTINGS, **SAMPLES), result)


def test_noise_of_1e_12_changes_nothing_but_raw_values(frame, result):
    noise = np.random.default_rng(4).uniform(-1e-12, 1e-12, (len(frame), len(FEATURES)))
    noisy = frame.assign(**{name: frame[name] + noise[:, i] for i, name in enumerate(FEATURES)})
    assert not noisy.equals(frame)
    assert_frame_equal(fit_kmeans_segmentation(noisy, **SETTINGS, **SAMPLES), result)


def test_threads_of_the_caller_change_nothing(frame, result):
    with threadpool_limits(limits=2):
        assert_frame_equal(fit_kmeans_segmentation(frame, **SETTINGS, **SAMPLES), result)


def test_threads_of_the_process_change_nothing():
    code = (
        "from clustering_data import *\n"
        "from customer_segments.clustering import fit_kmeans_segmentation\n"
        "frame = frame_of(planted(3.0, count=90)[0])\n"
        "found = fit_kmeans_segmentation(frame, feature_names=FEATURES, k_max=2)\n"
        "print(found.to_csv())\n"
    )
    here = Path(__file__).parent
    outputs = set()
    for threads in ("1", "2"):
        environment = os.environ | {
            "OMP_NUM_THREADS": threads,
            "OPENBLAS_NUM_THREADS": threads,
            "PYTHONPATH": os.pathsep.join((str(here), str(here.parents[2] / "src"))),
        }
        command = [sys.executable, "-c", code]
        outputs.add(subprocess.run(command, env=environment, check=True, stdout=-1).stdout)
    assert len(outputs) == 1
    assert b"assignment" in outputs.pop()


def test_a_source_system_is_fitted_by_itself(frame, result):
    alone = fit_kmeans_segmentation(frame[frame["source_system"] == "shop"], **SETTINGS, **SAMPLES)
    together = result[result["source_system"] == "shop"]
    columns = ["customer_id", "segment_id", "value", "text"]
    assert_frame_equal(together[columns].reset_index(drop=True), alone[columns])


def test_segments_are_numbered_by_their_centroids(result):
    first = result[(result["name"] == "centroid") & (result["feature"] == FEATURES[0])]
    for _, centroids in first.groupby("source_system", observed=True):
        assert centroids["segment_id"].is_monotonic_increasing
        assert centroids["value"].is_monotonic_increasing
    centroids = np.array([[1.0, 2.0], [0.0, 3.0], [1.0, 1.0], [0.0, 3.0000001]])
    assert list(canonical_order(centroids)) == [1, 3, 2, 0]


def test_everybody_is_assigned_where_a_sample_is_fitted(frame, result):
    card = model(result, "shop")
    counts = [card[name] for name in ("criteria_row_count", "fit_row_count", "customer_count")]
    assert counts == [120, 200, 300]
    whole = fit_kmeans_segmentation(frame, **SETTINGS)
    assert len(labels(result)) == len(frame)
    shop = result.loc[result["record_kind"] == "assignment", "source_system"] == "shop"
    assert adjusted_rand_score(labels(result)[shop], labels(whole)[shop]) > 0.95


def test_a_sample_is_drawn_by_key_and_contained_in_a_larger_one():
    (shop,) = split_by_system(frame_of(planted(1.0, count=700)[0]), FEATURES, ())
    small, large = shop.sample(50), shop.sample(100)
    assert (len(small), len(large), len(shop.sample(10_000))) == (50, 100, 700)
    assert set(small) < set(large)
    assert (np.diff(large) > 0).all()
    # Spread over the ids, not the first ones: 100 of 700, expected mean position 350.
    assert 290 < large.mean() < 410


def test_the_input_hash_depends_on_every_value_and_key(frame):
    small = frame.head(20)

    def digest(changed: pd.DataFrame, names=FEATURES) -> str:
        return split_by_system(changed, names, ())[0].input_hash(names)

    reference = digest(small)
    assert digest(small.sample(frac=1, random_state=0)) == reference
    assert digest(small.assign(feature_1=small["feature_1"] + 1e-9)) == reference
    others = {
        digest(small.assign(feature_1=small["feature_1"] + 1e-6)),
        digest(small.assign(customer_id=small["customer_id"] + "x")),
        digest(small.assign(source_system="other")),
        digest(small.head(19)),
        digest(small, FEATURES[::-1]),
    }
    assert len(others - {reference}) == 5


def test_another_feature_needs_another_name_only(frame):
    bank = frame[frame["source_system"] == "bank"].assign(
        feature_4=np.random.default_rng(0).normal(size=130).round(6)
    )
    names = [*FEATURES, "feature_4"]
    found = fit_kmeans_segmentation(bank, feature_names=names, k=3, k_max=2)
    centroids = found[found["name"] == "centroid"]
    assert list(centroids["feature"].drop_duplicates()) == names
    assert len(centroids) == 3 * 4
    assert model(found, "bank")["feature_count"] == 4
