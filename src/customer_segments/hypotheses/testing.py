"""Each part of a hypothesis put to its test."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa

from customer_segments.hypotheses.statistics import (
    Result,
    amount_share,
    holm,
    mann_whitney,
    permutation,
    share,
    spearman,
)

MIN_SAMPLE_SIZE = 5
"""A sample of fewer observations is not tested."""

KEY = ["source_system", "hypothesis", "part_number"]
SCHEMA = pa.schema(
    [
        ("source_system", pa.string()),
        ("hypothesis", pa.string()),
        ("part_number", pa.int32()),
        ("sample_size", pa.int64()),
        ("other_sample_size", pa.int64()),
        ("figure", pa.float64()),
        ("finding", pa.string()),
        ("statistic", pa.float64()),
        ("effect_size", pa.float64()),
        ("p_value", pa.float64()),
        ("adjusted_p_value", pa.float64()),
        ("problem", pa.string()),
    ]
)
"""The columns of the result, typed also where it is empty."""

UNTESTED = Result(math.nan, math.nan, math.nan, math.nan)


def evaluate(samples: pd.DataFrame) -> pa.Table:
    """Test every part of every hypothesis.

    Args:
        samples: one row per part and observation: `source_system`, `hypothesis`, `part_number`,
            `test`, `expected_value`, `in_group`, `observed`, `other_observed`; nothing that the
            test reads is null.

    Returns:
        One row per part: `sample_size` and `other_sample_size` (null for a correlation), `figure`,
        `finding` (the figure in words), `statistic`, `effect_size`, `p_value`, `adjusted_p_value`
        (Holm, over all parts of the source system) and `problem` (why there is no test, or null).

    Raises:
        ValueError: a test is not known.
    """
    rows = [
        dict(zip(KEY, key, strict=True)) | _tested(sample.iloc[0]["test"], sample, key)
        for key, sample in samples.groupby(KEY, sort=True)
    ]
    frame = pd.DataFrame(rows, columns=SCHEMA.names)
    for _, index in frame.groupby("source_system").groups.items():
        p_values = frame.loc[index, "p_value"].to_numpy(dtype=float)
        frame.loc[index, "adjusted_p_value"] = holm(p_values)
    return pa.Table.from_pandas(frame, schema=SCHEMA, preserve_index=False)


def _tested(test: str, sample: pd.DataFrame, key: tuple[object, ...]) -> dict[str, object]:
    if test == "spearman":
        return _correlated(sample)
    if test in ("share", "amount_share"):
        return _shared(test, sample)
    if test in ("mann_whitney", "permutation"):
        return _compared(test, sample)
    raise ValueError(f"hypothesis {key[1]}, part {key[2]}: there is no test {test!r}")


def _correlated(sample: pd.DataFrame) -> dict[str, object]:
    size = len(sample)
    result, problem = UNTESTED, _too_few(size)
    if not problem:
        result = spearman(_numbers(sample, "observed"), _numbers(sample, "other_observed"))
        problem = "all values are equal" if math.isnan(result.figure) else None
    words = f"rank correlation {result.figure:.2f} over {size:,}"
    return _row(result, words, problem, size, None)


def _shared(test: str, sample: pd.DataFrame) -> dict[str, object]:
    in_group = sample["in_group"].to_numpy(dtype=bool)
    size, count = len(sample), int(in_group.sum())
    expected = float(sample["expected_value"].iloc[0])
    result, problem = UNTESTED, _too_few(size)
    if test == "share":
        result = UNTESTED if problem else share(in_group, expected)
        words = f"{result.figure:.1%} ({count:,} of {size:,})"
    else:
        problem = problem or _too_few(min(count, size - count))
        if not problem:
            result = amount_share(in_group, _numbers(sample, "observed"), expected)
            problem = "the amount adds up to nothing" if math.isnan(result.figure) else None
        words = f"{result.figure:.1%} of the amount, from {count:,} of {size:,}"
    return _row(result, words, problem, count, size - count)


def _compared(test: str, sample: pd.DataFrame) -> dict[str, object]:
    in_group = sample["in_group"].to_numpy(dtype=bool)
    values = _numbers(sample, "observed")
    group, others = values[in_group], values[~in_group]
    problem = _too_few(min(len(group), len(others)))
    if not problem and np.ptp(values) == 0:
        problem = "all values are equal"
    if problem:
        return _row(UNTESTED, "", problem, len(group), len(others))
    if test == "permutation":
        result = permutation(group, others)
        middle, middles = "mean", (np.sort(group).mean(), np.sort(others).mean())
    else:
        result = mann_whitney(group, others)
        middle, middles = "median", (np.median(group), np.median(others))
    words = (
        f"{middle} {middles[0]:,.2f} (of {len(group):,}) against {middles[1]:,.2f}"
        f" (of {len(others):,})"
    )
    if test == "mann_whitney":
        words += f"; more in {result.figure:.1%} of pairs"
    elif not math.isnan(result.figure):
        words += f": {result.figure:+.1%}"
    return _row(result, words, None, len(group), len(others))


def _row(
    result: Result, words: str, problem: str | None, size: int, other_size: int | None
) -> dict[str, object]:
    return {
        "sample_size": size,
        "other_sample_size": other_size,
        "finding": None if problem else words,
        "problem": problem,
        **result._asdict(),
    }


def _too_few(size: int) -> str | None:
    return f"fewer than {MIN_SAMPLE_SIZE} observations" if size < MIN_SAMPLE_SIZE else None


def _numbers(sample: pd.DataFrame, column: str) -> np.ndarray:
    return sample[column].to_numpy(dtype=float)
