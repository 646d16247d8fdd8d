"""Tests of two samples, of a correlation and of a share, each with its effect size.

All p-values are two-sided: the sign of the effect size says in which direction the data go. What is
random has a fixed seed and sees the values in ascending order, so a result does not depend on the
order of rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import stats

RESAMPLES = 10_000
SEED = 0

# Numbers drawn at a time: few enough to stay in the processor's cache.
_CHUNK = 100_000


class Result(NamedTuple):
    """What a test says.

    Attributes:
        figure: what a reader would want to know, in the unit of the test.
        statistic: of the test.
        effect_size: how large the difference is, whatever the number of observations.
        p_value: two-sided.
    """

    figure: float
    statistic: float
    effect_size: float
    p_value: float


def mann_whitney(group: np.ndarray, others: np.ndarray) -> Result:
    """Compare two samples by ranks.

    The figure is the share of pairs in which the one of the group has more, equal pairs counting
    half. Twice that less 1 is Cliff's delta, which is the rank-biserial correlation
    (Cliff 1993, doi:10.1037/0033-2909.114.3.494).
    """
    statistic, p_value = stats.mannwhitneyu(group, others, alternative="two-sided")
    figure = float(statistic) / (len(group) * len(others))
    return Result(figure, float(statistic), 2 * figure - 1, float(p_value))


def permutation(group: np.ndarray, others: np.ndarray, resamples: int = RESAMPLES) -> Result:
    """Compare two means by exchanging who belongs to the group.

    The figure is the mean of the group as a share of the mean of the others, less 1; not a number
    where the latter is 0. The effect size is Cohen's d. The data count as one of the permutations
    (Phipson and Smyth 2010, doi:10.2202/1544-6115.1585), so p is never 0.
    """
    group, others = np.sort(group), np.sort(others)
    values = np.concatenate([group, others])
    difference = group.mean() - others.mean()
    total, size, other_size = values.sum(), len(group), len(others)

    def differences(generator: np.random.Generator, count: int) -> np.ndarray:
        shuffled = generator.permuted(np.tile(values, (count, 1)), axis=1)
        sums = shuffled[:, :size].sum(axis=1)
        return sums / size - (total - sums) / other_size

    # The same difference, added up in another order, can be smaller by its last digits.
    at_least = abs(difference) * (1 - 1e-9)
    extreme = sum(
        np.count_nonzero(np.abs(drawn) >= at_least)
        for drawn in _resampled(differences, resamples, len(values))
    )
    squares = ((group - group.mean()) ** 2).sum() + ((others - others.mean()) ** 2).sum()
    deviation = math.sqrt(squares / (size + other_size - 2))
    figure = difference / others.mean() if others.mean() else math.nan
    effect_size = difference / deviation if deviation else 0.0
    return Result(
        float(figure), float(difference), float(effect_size), (1 + extreme) / (1 + resamples)
    )


def spearman(values: np.ndarray, other_values: np.ndarray) -> Result:
    """Correlate ranks; equal values share the mean of theirs. Not a number for a constant."""
    if np.ptp(values) == 0 or np.ptp(other_values) == 0:
        return Result(math.nan, math.nan, math.nan, math.nan)
    statistic, p_value = stats.spearmanr(values, other_values)
    return Result(float(statistic), float(statistic), float(statistic), float(p_value))


def share(in_group: np.ndarray, expected: float) -> Result:
    """Compare a share with an expected one by the exact binomial test."""
    count, size = int(np.count_nonzero(in_group)), len(in_group)
    figure = count / size
    p_value = stats.binomtest(count, size, expected).pvalue
    return Result(figure, float(count), cohens_h(figure, expected), float(p_value))


def amount_share(
    in_group: np.ndarray, values: np.ndarray, expected: float, resamples: int = RESAMPLES
) -> Result:
    """Compare the share of an amount that a group has with an expected share, by the bootstrap.

    Observations are drawn with replacement; p is twice the smaller tail of the drawn shares beyond
    the expected one. Not a number where the amount adds up to nothing.
    """
    order = np.lexsort([values, in_group])
    values = values[order]
    amounts = np.where(in_group[order], values, 0.0)
    if values.sum() <= 0:
        return Result(math.nan, math.nan, math.nan, math.nan)
    figure = float(amounts.sum() / values.sum())

    def shares(generator: np.random.Generator, count: int) -> np.ndarray:
        drawn = generator.integers(len(values), size=(count, len(values)))
        return amounts[drawn].sum(axis=1) / values[drawn].sum(axis=1)

    below = above = 0
    for drawn in _resampled(shares, resamples, len(values)):
        below += np.count_nonzero(drawn <= expected)
        above += np.count_nonzero(drawn >= expected)
    p_value = min(1.0, 2 * (1 + min(below, above)) / (1 + resamples))
    return Result(figure, figure, cohens_h(figure, expected), p_value)


def cohens_h(share: float, expected: float) -> float:
    """Difference of two shares on a scale where it counts the same everywhere (Cohen 1988).

    A share outside 0 to 1, as returns can make it, counts as the nearer of the two.
    """
    return _angle(share) - _angle(expected)


def holm(p_values: np.ndarray) -> np.ndarray:
    """Adjust p-values for their number by Holm's step-down method (Holm 1979).

    What is not a number was not tested and does not count.
    """
    adjusted = np.full(len(p_values), np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    ascending = tested[np.argsort(p_values[tested], kind="stable")]
    factors = np.arange(len(ascending), 0, -1)
    adjusted[ascending] = np.minimum(
        np.maximum.accumulate(p_values[ascending] * factors, dtype=float), 1.0
    )
    return adjusted


def _angle(share: float) -> float:
    return 2 * math.asin(math.sqrt(min(max(share, 0.0), 1.0)))


def _resampled(
    draw: Callable[[np.random.Generator, int], np.ndarray], resamples: int, size: int
) -> list[np.ndarray]:
    """Draw in chunks; memory does not grow with the number of resamples."""
    generator = np.random.default_rng(SEED)
    chunk = max(1, _CHUNK // size)
    counts = [min(chunk, resamples - start) for start in range(0, resamples, chunk)]
    return [draw(generator, count) for count in counts]
