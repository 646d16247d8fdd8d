"""Accounts of five kinds, told apart by the course of their months and not by the amounts."""

from __future__ import annotations

import numpy as np
import pandas as pd

KINDS = ("steady", "seasonal", "growing", "irregular", "stopping")
MEASURES = ("inflow", "outflow", "balance")
SHAPES = ("mean", "deviation", "trend", "autocorrelation")
FEATURES = [f"{measure}_{shape}" for measure in MEASURES for shape in SHAPES]
RAW = ["mean_inflow_amount", "month_count"]


def planted_accounts(
    count: int, months: int, seed: int = 0, noise: float = 0.3
) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Draw accounts that were opened in the first half of the months.

    What they earn differs by a factor of ten within each kind, the season begins in any month, and
    the owners are the same everywhere.

    Returns:
        Features, periods (as the tables of the project, without columns that no fit reads), and
        the kind (count,) of each account, as a number.
    """
    generator = np.random.default_rng(seed)
    kind = generator.integers(0, len(KINDS), count)
    start = generator.integers(0, months // 2, count)
    time = np.arange(months)
    age = np.clip((time - start[:, None]) / (months - start[:, None]), 0, 1)
    season = 1 + 0.9 * np.sin(2 * np.pi * (time / 12 + generator.random((count, 1))))
    irregular = generator.gamma(0.3, 1 / 0.3, (count, months))
    stopping = np.where(age < generator.uniform(0.4, 0.7, (count, 1)), 1.5, 0)
    courses = (np.ones((count, months)), season, 0.1 + 2.4 * age**2, irregular, stopping)
    course = np.select([kind[:, None] == number for number in range(len(KINDS))], courses)
    income = 10 ** generator.uniform(3.5, 4.5, (count, 1))
    inflow = income * course * generator.lognormal(0, noise, (count, months))
    outflow = (
        inflow
        * generator.uniform(0.7, 1, (count, 1))
        * generator.lognormal(0, noise, (count, months))
    )
    observed = time >= start[:, None]
    inflow, outflow = np.where(observed, inflow, 0), np.where(observed, outflow, 0)
    amounts = dict(
        zip(MEASURES, (inflow, outflow, np.cumsum(inflow - outflow, axis=1)), strict=True)
    )
    levels = {name: np.arcsinh(values / 1_000).round(6) for name, values in amounts.items()}
    ids = np.array([f"A{row:05d}" for row in range(count)])
    rows, columns = np.nonzero(observed)
    periods = pd.DataFrame(
        {
            "source_system": "bank",
            "customer_id": ids[rows],
            "period_start": pd.Timestamp("1993-01-01") + columns * pd.Timedelta(31, "D"),
        }
        | {f"{name}_level": values[rows, columns] for name, values in levels.items()}
    )
    features = pd.DataFrame(
        {
            "source_system": "bank",
            "customer_id": ids,
            "month_count": observed.sum(axis=1),
            "mean_inflow_amount": inflow.sum(axis=1) / observed.sum(axis=1),
            "is_female": generator.integers(0, 2, count),
            "age": generator.integers(18, 80, count),
            "district_average_salary_amount": generator.normal(9_500, 800, count).round(),
            "district_urban_percentage": generator.uniform(30, 100, count).round(1),
            "recency_log": np.log1p(months - np.where(inflow > 500, time, -1).max(axis=1)),
            "frequency_log": np.log1p((inflow > 500).sum(axis=1)),
            "monetary_log": np.log1p(inflow.sum(axis=1)),
        }
        | {
            f"{name}_{shape}": numbers
            for name, values in levels.items()
            for shape, numbers in zip(SHAPES, shapes(values, observed), strict=True)
        }
    )
    return features.round(6), periods, kind


def shapes(values: np.ndarray, observed: np.ndarray) -> list[np.ndarray]:
    """Mean, deviation, slope and lag-1 autocorrelation of each row (n, t), as SQL computes them."""
    counts = observed.sum(axis=1)
    means = np.where(observed, values, 0).sum(axis=1) / counts
    centred = np.where(observed, values - means[:, None], 0)
    number = np.cumsum(observed, axis=1)
    steps = np.where(observed, number - (counts[:, None] + 1) / 2, 0)
    squares = (centred**2).sum(axis=1)
    products = (centred[:, 1:] * centred[:, :-1]).sum(axis=1)
    return [
        means,
        np.sqrt(squares / counts),
        (steps * centred).sum(axis=1) / (steps**2).sum(axis=1),
        np.divide(products, squares, out=np.zeros(len(values)), where=squares > 0),
    ]
