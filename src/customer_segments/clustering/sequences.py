"""Sequences of customers on one grid of periods, from the long table that SQL makes.

All sequences end with the same period; those that begin later are masked before their beginning,
not filled: a month before an account was opened is no month without money.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from customer_segments.clustering.preparation import FEATURE_DECIMALS, mean_and_scale


@dataclass(frozen=True)
class Sequences:
    """Standardised sequences, aligned to the right.

    Attributes:
        values: (n, t, m), each of the m measures with mean 0 and deviation 1 over all observed
            periods; 0 before the beginning.
        starts: (n,) position of the first period of each sequence, below t.
    """

    values: np.ndarray
    starts: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    @property
    def observed(self) -> np.ndarray:
        """(n, t), false before the beginning."""
        return np.arange(self.values.shape[1]) >= self.starts[:, None]

    def ragged(self) -> list[np.ndarray]:
        """Return each sequence by itself, (its length, m)."""
        return [
            np.ascontiguousarray(values[start:])
            for values, start in zip(self.values, self.starts, strict=True)
        ]

    def take(self, rows: np.ndarray) -> Sequences:
        """Return the sequences of these positions, in their order."""
        return Sequences(self.values[rows], self.starts[rows])

    def with_noise(self, deviation: float, random_state: int) -> Sequences:
        """Return them with normal noise on every observed value."""
        if not deviation:
            return self
        noise = np.random.default_rng([random_state, 5]).normal(0, deviation, self.values.shape)
        return replace(self, values=self.values + noise * self.observed[:, :, None])


def read_sequences(
    periods: pd.DataFrame,
    source_system: str,
    customer_ids: Sequence[str],
    measures: Sequence[str],
    *,
    period: str = "period_start",
) -> Sequences:
    """Put the sequences of customers side by side.

    Args:
        periods: one row per customer and period: source_system, customer_id, `period` and the
            measures; any row order.
        source_system: whose rows count.
        customer_ids: (n,) the customers, in the order of the result.
        measures: columns of numbers.
        period: column of the period; what sorts before comes before.

    Raises:
        ValueError: a column is missing or not a number; a customer has no periods, a gap between
            them or two rows for one; the sequences do not end together.
    """
    needed = ["source_system", "customer_id", period, *measures]
    if missing := [name for name in needed if name not in periods.columns]:
        raise ValueError(f"the table of periods lacks the columns {missing}")
    rows = periods[periods["source_system"].astype("str") == source_system]
    wanted = pd.Index(customer_ids).astype("str")
    positions = wanted.get_indexer(rows["customer_id"].astype("str"))
    rows, positions = rows[positions >= 0], positions[positions >= 0]
    steps, grid = pd.factorize(rows[period], sort=True)
    counts = np.bincount(positions, minlength=len(wanted))
    starts = len(grid) - counts
    _refuse_gaps(wanted, positions, steps, starts, len(grid))

    values = np.zeros((len(wanted), len(grid), len(measures)))
    for number, name in enumerate(measures):
        try:
            column = rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError) as error:
            raise ValueError(f"column {name!r} of the periods is not numeric: {error}") from error
        if not np.isfinite(column).all():
            empty = int((~np.isfinite(column)).sum())
            raise ValueError(f"column {name!r} of the periods is no number in {empty} rows")
        values[positions, steps, number] = column
    found = Sequences(values, starts)
    mean, scale = mean_and_scale(values[found.observed])
    standardised = np.where(found.observed[:, :, None], (values - mean) / scale, 0.0)
    return replace(found, values=np.round(standardised, FEATURE_DECIMALS) + 0.0)


def reduced(block: np.ndarray, n_components: int) -> np.ndarray:
    """Return the principal components of a block, all together of variance 1.

    So blocks that are joined count alike, whatever their units and their number of columns.

    Args:
        block: (n, p).
        n_components: at most; fewer where there are fewer rows or columns.

    Returns:
        (n, at most n_components), six decimals; zeros where nothing varies.
    """
    n_components = min(n_components, *block.shape)
    if not np.ptp(block, axis=0).any():
        return np.zeros((len(block), n_components))
    components = PCA(n_components, svd_solver="full").fit_transform(block)
    deviation = np.sqrt(components.var(axis=0).sum())
    return np.round(components / deviation, FEATURE_DECIMALS) + 0.0


def _refuse_gaps(
    customer_ids: pd.Index,
    positions: np.ndarray,
    steps: np.ndarray,
    starts: np.ndarray,
    length: int,
) -> None:
    """Raise where a customer's rows are not exactly those from the first to the last period."""
    taken = np.zeros((len(customer_ids), length), dtype=bool)
    taken[positions, steps] = True
    whole = np.arange(length) >= starts[:, None]
    wrong = np.flatnonzero((taken != whole).any(axis=1) | (starts >= length))
    if len(wrong):
        raise ValueError(
            f"{len(wrong)} customers lack periods, or have one twice, between their first and the "
            f"last of all, for example customer_id={customer_ids[wrong[0]]!r}"
        )
