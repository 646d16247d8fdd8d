"""The criteria against the library, and against data where they are known."""

from __future__ import annotations

import numpy as np
import pytest
from clustering_data import planted, skewed
from scipy.stats import spearmanr
from sklearn.metrics import silhouette_score

from customer_segments.clustering.choosing_k import fit_all
from customer_segments.clustering.criteria import (
    bootstrap_aris,
    copula_draw,
    matched_correlation,
    prediction_strengths,
    silhouettes,
)


def test_silhouettes_equal_those_of_scikit_learn():
    points, truth = planted(3.0, count=500)
    lonely = np.where(np.arange(500) == 7, 4, truth)  # a cluster of one customer
    labelings = [truth, lonely, (points[:, 0] > 0).astype(int)]
    expected = [silhouette_score(points, labels) for labels in labelings]
    assert silhouettes(points, labelings) == pytest.approx(expected, abs=1e-12)


def test_silhouettes_of_equal_customers_are_zero():
    assert silhouettes(np.ones((6, 2)), [np.array([0, 0, 0, 1, 1, 1])]) == pytest.approx([0])


def test_stability_is_one_for_groups_that_are_far_apart_and_low_for_too_many():
    points, _ = planted(12.0, count=400)
    labelings = {k: fitted.labels_ for k, fitted in fit_all(points, [4, 6], 0).items()}
    strengths, aris = prediction_strengths(points, [4, 6], 0), bootstrap_aris(points, labelings, 0)
    assert strengths[4] == pytest.approx(1) == aris[4]
    assert strengths[6] < 0.7
    assert aris[6] < 0.95


def test_prediction_strength_does_not_exist_for_halves_smaller_than_k():
    assert np.isnan(prediction_strengths(np.arange(10.0).reshape(5, 2), [3], 0)[3])


def test_a_draw_of_the_null_keeps_every_margin():
    points = skewed(count=300)
    drawn = copula_draw(points, np.eye(3), np.random.default_rng(0))
    assert (np.sort(drawn, axis=0) == np.sort(points, axis=0)).all()
    assert not (drawn == points).all()


def test_a_draw_of_the_null_keeps_rank_correlations_in_spite_of_ties():
    generator = np.random.default_rng(0)
    common = generator.normal(size=4_000)
    # Half of the customers have one order, as in Online Retail.
    orders = 1 + np.maximum(0, np.floor(2 * (common + 0.5 * generator.normal(size=4_000))))
    points = np.column_stack([common + 0.3 * generator.normal(size=4_000), orders])
    correlation = matched_correlation(points, 0)
    drawn = [copula_draw(points, correlation, np.random.default_rng([1, i])) for i in range(9)]
    found = np.mean([spearmanr(*rows.T).statistic for rows in drawn])
    assert found == pytest.approx(spearmanr(*points.T).statistic, abs=0.015)
