"""The statistics of business hypotheses, against scipy and against examples worked by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from customer_segments.hypotheses import MIN_SAMPLE_SIZE, evaluate
from customer_segments.hypotheses.statistics import (
    amount_share,
    cohens_h,
    holm,
    mann_whitney,
    permutation,
    share,
    spearman,
)


def test_mann_whitney_counts_pairs() -> None:
    result = mann_whitney(np.array([3.0, 5.0]), np.array([1.0, 3.0, 4.0]))
    # 3 beats 1 and equals 3; 5 beats all three.
    assert result.statistic == 4.5
    assert result.figure == 4.5 / 6
    assert result.effect_size == pytest.approx((4 - 1) / 6)


def test_mann_whitney_is_the_one_of_scipy_and_its_effect_the_mean_sign_of_all_pairs() -> None:
    random = np.random.default_rng(3)
    group, others = random.poisson(5, 40).astype(float), random.poisson(4, 60).astype(float)
    result = mann_whitney(group, others)
    assert result.p_value == stats.mannwhitneyu(group, others).pvalue
    signs = np.sign(group[:, None] - others[None, :])
    assert result.effect_size == pytest.approx(signs.mean())


def test_permutation_agrees_with_all_permutations() -> None:
    group, others = np.array([9.0, 7.0, 6.0, 8.0]), np.array([5.0, 6.0, 2.0, 4.0])
    values = np.concatenate([group, others])
    observed = abs(group.mean() - others.mean())
    extreme = [
        abs(values[list(chosen)].mean() - np.delete(values, list(chosen)).mean()) >= observed
        for chosen in itertools.combinations(range(8), 4)
    ]
    result = permutation(group, others)
    assert result.p_value == pytest.approx(np.mean(extreme), abs=0.006)
    assert result.figure == pytest.approx(7.5 / 4.25 - 1)
    assert result.statistic == pytest.approx(3.25)
    pooled = math.sqrt((group.var(ddof=1) + others.var(ddof=1)) / 2)
    assert result.effect_size == pytest.approx(3.25 / pooled)


def test_permutation_of_equal_means_and_of_means_of_nothing() -> None:
    assert permutation(np.array([1.0, 2.0]), np.array([2.0, 1.0])).p_value == 1.0
    assert math.isnan(permutation(np.array([1.0, 2.0]), np.array([-1.0, 1.0])).figure)


def test_spearman_is_the_one_of_scipy_with_ties() -> None:
    random = np.random.default_rng(4)
    values = random.poisson(2, 300).astype(float)
    others = values + random.poisson(3, 300)
    result = spearman(values, others)
    expected = stats.spearmanr(values, others)
    assert (result.figure, result.p_value) == (expected.statistic, expected.pvalue)


def test_a_constant_correlates_with_nothing() -> None:
    assert math.isnan(spearman(np.ones(9), np.arange(9.0)).p_value)


def test_share_is_tested_exactly() -> None:
    result = share(np.array([True] * 9 + [False]), 0.5)
    assert result.figure == 0.9
    assert result.p_value == pytest.approx(2 * (10 + 1) / 2**10)
    assert result.effect_size == pytest.approx(2 * math.asin(math.sqrt(0.9)) - math.pi / 2)


def test_a_share_of_an_amount_is_resampled() -> None:
    random = np.random.default_rng(5)
    in_group = np.arange(400) % 4 == 0
    values = random.exponential(size=400) * np.where(in_group, 3.0, 1.0)
    result = amount_share(in_group, values, 0.5)
    assert result.figure == pytest.approx(values[in_group].sum() / values.sum())

    def figure(in_group: np.ndarray, values: np.ndarray) -> float:
        return (in_group * values).sum() / values.sum()

    reference = stats.bootstrap(
        (in_group, values), figure, paired=True, vectorized=False, n_resamples=2_000, rng=6
    )
    below = np.mean(reference.bootstrap_distribution <= 0.5)
    assert result.p_value == pytest.approx(2 * min(below, 1 - below), abs=0.03)
    assert amount_share(in_group, values, 0.05).p_value == pytest.approx(2 / 10_001)
    assert math.isnan(amount_share(in_group, np.zeros(400), 0.5).p_value)


def test_shares_beyond_0_and_1_count_as_these() -> None:
    assert cohens_h(1.2, 0.5) == cohens_h(1.0, 0.5)
    assert cohens_h(-0.2, 0.5) == cohens_h(0.0, 0.5)


def test_holm_by_hand() -> None:
    adjusted = holm(np.array([0.01, np.nan, 0.04, 0.03, 0.5]))
    # .01 x 4; .03 x 3; .04 x 2 is less than that, so the same; .5 x 1.
    np.testing.assert_allclose(adjusted, [0.04, np.nan, 0.09, 0.09, 0.5])
    np.testing.assert_allclose(holm(np.array([0.9, 0.8])), [1.0, 1.0])
    assert holm(np.array([])).tolist() == []


def samples(test: str, rows: list[tuple[object, ...]], **columns: object) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["in_group", "observed", "other_observed"])
    key = {"source_system": "shop", "hypothesis": "h", "part_number": 1, "test": test}
    return frame.assign(**key | {"expected_value": 0.5} | columns)


def untestable(frame: pd.DataFrame) -> str:
    (row,) = evaluate(frame).to_pylist()
    assert row["finding"] is None
    for column in ("figure", "statistic", "effect_size", "p_value", "adjusted_p_value"):
        assert row[column] is None
    return row["problem"]


FEW = MIN_SAMPLE_SIZE - 1


@pytest.mark.parametrize("test", ["mann_whitney", "permutation", "amount_share"])
@pytest.mark.parametrize("small", [True, False])
def test_a_small_group_is_not_tested(test: str, small: bool) -> None:
    rows = [(small, i, None) for i in range(FEW)] + [(not small, i, None) for i in range(50)]
    assert untestable(samples(test, rows)) == "fewer than 5 observations"
    enough = [*rows, (small, 3, None)]
    assert evaluate(samples(test, enough)).to_pylist()[0]["problem"] is None


@pytest.mark.parametrize("test", ["share", "spearman"])
def test_a_small_sample_is_not_tested(test: str) -> None:
    rows = [(True, i, i) for i in range(FEW)]
    assert untestable(samples(test, rows)) == "fewer than 5 observations"


@pytest.mark.parametrize("test", ["mann_whitney", "permutation", "spearman"])
def test_equal_values_are_not_tested(test: str) -> None:
    rows = [(i % 2 == 0, 7, i) for i in range(20)]
    assert untestable(samples(test, rows)) == "all values are equal"


def test_an_amount_of_nothing_is_not_tested() -> None:
    rows = [(i % 2 == 0, 0, None) for i in range(20)]
    assert untestable(samples("amount_share", rows)) == "the amount adds up to nothing"


def test_an_unknown_test_is_named_with_its_row() -> None:
    with pytest.raises(ValueError, match=r"^hypothesis h, part 1: there is no test 'guess'$"):
        evaluate(samples("guess", [(True, 1, 1)] * 9))


def test_no_observations_are_a_table_without_rows_but_with_types() -> None:
    empty = evaluate(samples("share", []))
    assert (empty.num_rows, empty.schema) == (0, evaluate(samples("share", [(True, 1, 1)])).schema)


def test_the_order_of_rows_changes_nothing_and_source_systems_are_adjusted_apart() -> None:
    random = np.random.default_rng(8)
    parts = []
    for number, test in enumerate(
        ["share", "amount_share", "mann_whitney", "permutation", "spearman"], 1
    ):
        values = random.exponential(size=(200, 2))
        rows = [(i % 3 == 0, *pair) for i, pair in enumerate(values)]
        for system in ("shop", "other"):
            parts.append(samples(test, rows, part_number=number, source_system=system))
    stacked = pd.concat(parts, ignore_index=True)
    result = evaluate(stacked)
    assert result == evaluate(stacked.sample(frac=1, random_state=1))
    frame = result.to_pandas().set_index(["source_system", "part_number"])
    pd.testing.assert_frame_equal(frame.loc["shop"], frame.loc["other"])
    np.testing.assert_array_equal(
        frame.loc["shop", "adjusted_p_value"], holm(frame.loc["shop", "p_value"].to_numpy())
    )


def test_findings_in_words() -> None:
    rows = [(i < 6, float(i), float(-i)) for i in range(20)]
    words = {
        test: evaluate(samples(test, rows)).to_pylist()[0]["finding"]
        for test in ("share", "amount_share", "mann_whitney", "permutation", "spearman")
    }
    assert words == {
        "share": "30.0% (6 of 20)",
        "amount_share": "7.9% of the amount, from 6 of 20",
        "mann_whitney": "median 2.50 (of 6) against 12.50 (of 14); more in 0.0% of pairs",
        "permutation": "mean 2.50 (of 6) against 12.50 (of 14): -80.0%",
        "spearman": "rank correlation -1.00 over 20",
    }
