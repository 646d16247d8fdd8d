"""The tables about features, every number computed again with pandas and scipy."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import yaml
from builds import ROOT, Warehouse
from scipy import stats

VARS = yaml.safe_load((ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]

# Half of the sixth decimal, and what the numbers are off by before they are rounded.
TOLERANCE = 0.6e-6


class Fit(NamedTuple):
    """The customers in one fit: a column per feature, a number or nan per customer."""

    segmentation: str
    source_system: str
    features: pd.DataFrame
    clustered: list[str]
    measured: list[str]


def feature_tables(sample: Warehouse) -> Iterator[tuple[str, str]]:
    """Each segmentation with the table that its fit reads."""
    for segmentation in VARS["segmentation_features"]:
        node = sample.manifest["nodes"][f"model.customer_segments.fit_{segmentation}"]
        read = {name.rpartition(".")[2] for name in node["depends_on"]["nodes"]}
        # Accounts also have a row per month; models of earlier builds are no features.
        (table,) = read - {"features_bank_periods", "earlier_models"}
        yield segmentation, table


@pytest.fixture(scope="module")
def fits(sample: Warehouse) -> list[Fit]:
    found = []
    for segmentation, table in feature_tables(sample):
        clustered = VARS["segmentation_features"][segmentation]
        measured = VARS["segmentation_raw_features"][segmentation]
        names = list(dict.fromkeys([*clustered, *measured]))
        rows = sample.query(
            f"select source_system, {', '.join(names)} from features.{table} where is_in_fit"
        )
        frame = pd.DataFrame(rows, columns=["source_system", *names])
        for source_system, part in frame.groupby("source_system"):
            features = part[names].astype(float)
            found.append(Fit(segmentation, source_system, features, clustered, measured))
    return found


def is_as_expected(found: Any, expected: float | None, what: str) -> None:
    if found is None or expected is None or np.isnan(expected):
        assert found is None and (expected is None or np.isnan(expected)), what
    else:
        assert float(found) == pytest.approx(float(expected), abs=TOLERANCE, rel=1e-12), what


def described(values: pd.Series) -> dict[str, Any]:
    known = values.dropna()
    counts = known.value_counts()
    return {
        "customer_count": len(values),
        "null_count": int(values.isna().sum()),
        "distinct_count": known.nunique(),
        "mean": known.mean(),
        "standard_deviation": known.std(ddof=0),
        "skewness": stats.skew(known) if known.nunique() > 1 else None,
        "minimum": known.min(),
        "lower_quartile": known.quantile(0.25),
        "median": known.median(),
        "upper_quartile": known.quantile(0.75),
        "maximum": known.max(),
        "zero_share": (known == 0).mean(),
        "most_frequent_share": counts.max() / len(known),
    }


def test_every_description_is_that_of_pandas_and_scipy(sample: Warehouse, fits: list[Fit]) -> None:
    expected = {
        (fit.segmentation, fit.source_system, name): {
            "feature_order": place,
            "is_clustered_on": name in fit.clustered,
            **described(fit.features[name]),
        }
        for fit in fits
        for place, name in enumerate(fit.features, 1)
    }
    columns = list(next(iter(expected.values())))
    rows = sample.query(
        f"select segmentation, source_system, feature, {', '.join(columns)}"
        " from marts.feature_descriptions"
    )
    assert {row[:3] for row in rows} == expected.keys()
    assert len(rows) == len(expected)
    for row in rows:
        for column, value in zip(columns, row[3:], strict=True):
            is_as_expected(value, expected[row[:3]][column], f"{column} of {row[:3]}")


def correlated(one: pd.Series, other: pd.Series) -> tuple[float | None, float | None]:
    """Pearson and Spearman over the rows with both; ranks are taken among all with a value."""
    both = one.notna() & other.notna()
    ranks = [values.rank()[both] for values in (one, other)]
    if min(one[both].nunique(), other[both].nunique()) < 2:
        return None, None
    return np.corrcoef(one[both], other[both])[0, 1], np.corrcoef(*ranks)[0, 1]


def test_every_correlation_is_that_of_numpy(sample: Warehouse, fits: list[Fit]) -> None:
    expected = {}
    for fit in fits:
        for one, other in itertools.combinations(fit.features, 2):
            pair = {one, other}
            if pair <= set(fit.clustered) or pair <= set(fit.measured):
                values = fit.features[one], fit.features[other]
                both = fit.features[[one, other]].dropna()
                key = fit.segmentation, fit.source_system, other, one
                expected[key] = len(both), *correlated(*values)
    rows = sample.query(
        "select segmentation, source_system, feature, other_feature, pair_count, pearson, spearman"
        " from marts.feature_correlations"
    )
    found = {row[:4]: row[4:] for row in rows}
    assert found.keys() == expected.keys()
    for key, (count, *correlations) in expected.items():
        assert found[key][0] == count
        for value, wanted in zip(found[key][1:], correlations, strict=True):
            is_as_expected(value, wanted, str(key))


def test_without_missing_values_the_rank_correlation_is_spearmans(
    sample: Warehouse, fits: list[Fit]
) -> None:
    (fit,) = [fit for fit in fits if fit.segmentation == "rfe_kmeans"]
    assert not fit.features.isna().any(axis=None)
    for other, feature in itertools.combinations(fit.clustered, 2):
        found = sample.one(
            "select spearman from marts.feature_correlations"
            " where segmentation = 'rfe_kmeans' and feature = ? and other_feature = ?",
            [feature, other],
        )
        expected = stats.spearmanr(fit.features[feature], fit.features[other]).statistic
        assert float(found) == pytest.approx(expected, abs=TOLERANCE)


def test_advice_follows_from_the_two_tables(sample: Warehouse, fits: list[Fit]) -> None:
    settings = VARS["feature_selection"]
    expected = {}
    for fit in fits:
        for place, name in enumerate(fit.features):
            earlier = {
                other: correlated(fit.features[name], fit.features[other])[1] or 0
                for other in list(fit.features)[:place]
                if {name, other} <= set(fit.clustered) or {name, other} <= set(fit.measured)
            }
            share = described(fit.features[name])["most_frequent_share"]
            drop = share > settings["most_frequent_share"] or any(
                abs(correlation) >= settings["spearman"] for correlation in earlier.values()
            )
            expected[fit.segmentation, fit.source_system, name] = "drop" if drop else "keep"
    rows = sample.query(
        "select segmentation, source_system, feature, advice from marts.feature_selection"
    )
    assert {row[:3]: row[3] for row in rows} == expected
    assert sample.query(
        "select feature, strongest_feature, why_advice from marts.feature_selection"
        " where segmentation = 'superstore_bisecting' and is_clustered_on and advice = 'drop'"
    ) == [
        (
            "distinct_product_log",
            "purchase_line_log",
            "says the same as purchase_line_log, which comes before it",
        )
    ]


def test_every_feature_that_is_clustered_on_is_described(sample: Warehouse) -> None:
    assert (
        sample.query(
            "select distinct segmentation, source_system, feature from marts.segment_centroids"
            " except select segmentation, source_system, feature from marts.feature_descriptions"
            " where is_clustered_on"
        )
        == []
    )
