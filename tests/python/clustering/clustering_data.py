"""Data with known answers, and short ways to read the long frame."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from customer_segments.clustering.identity import COLUMNS

CENTRES = np.array([[0, 0, 0], [1, 1, 0], [1, 0, 1], [0, 1, 1]]) / np.sqrt(2)
"""Four groups, each at distance 1 from all others, whose margins overlap."""


def frame_of(values: np.ndarray, source_system: str = "shop") -> pd.DataFrame:
    """Customers with features feature_1.. and the same in raw units, raw_1.. (exponentials)."""
    names = [f"feature_{position}" for position in range(1, values.shape[1] + 1)]
    frame = pd.DataFrame(values.round(6), columns=names)
    for name in names:
        frame[name.replace("feature", "raw")] = np.exp(frame[name].clip(upper=15)).round(2)
    frame.insert(0, "customer_id", [f"C{row:07d}" for row in range(len(frame))])
    frame.insert(0, "source_system", source_system)
    return frame


def planted(separation: float, count: int = 1_000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Four Gaussian groups of standard deviation 1 at mutual distance `separation`."""
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, len(CENTRES), count)
    return CENTRES[truth] * separation + generator.normal(size=(count, 3)), truth


def skewed(count: int = 1_000, seed: int = 0) -> np.ndarray:
    """Three independent columns without groups: skewed, with point masses, heavy-tailed."""
    generator = np.random.default_rng(seed)
    return np.column_stack(
        [
            generator.lognormal(size=count),
            generator.poisson(1, count),
            np.log1p(generator.pareto(2, count)),
        ]
    )


FEATURES = ("feature_1", "feature_2", "feature_3")
RAW = ("raw_1", "raw_2", "raw_3")


def model(result: pd.DataFrame, source_system: str = "shop") -> dict[str, float | str]:
    """The model card of one source system."""
    rows = result[(result["record_kind"] == "model") & (result["source_system"] == source_system)]
    return {
        row.name_: row.text if isinstance(row.text, str) else row.value
        for row in rows.rename(columns={"name": "name_"}).itertuples()
    }


def candidates(result: pd.DataFrame) -> pd.DataFrame:
    """The candidates of a result with one source system, by k, reason included."""
    rows = result[result["record_kind"] == "candidate"].astype({"name": str, "candidate_id": str})
    numbers = rows[rows["name"] != "reason"].pivot(
        index="candidate_id", columns="name", values="value"
    )
    reasons = rows[rows["name"] == "reason"].set_index("candidate_id")["text"]
    return numbers.assign(reason=reasons).set_index(numbers["k"].astype(int))


def labels(result: pd.DataFrame) -> np.ndarray:
    """The segment of every customer, in the order of source system and id."""
    rows = result[result["record_kind"] == "assignment"]
    return rows["segment_id"].to_numpy(dtype=int)


def kept(result: pd.DataFrame, day: date, name: str = "first") -> pd.DataFrame:
    """What a build keeps of the models of a result: a table of earlier models."""
    rows = result[result["record_kind"] == "centroid"].astype({"name": str, "feature": str})
    keys = ["source_system", "segment_id", "feature"]
    table = rows.pivot(index=keys, columns="name", values="value").reset_index()
    members = result[result["record_kind"] == "assignment"]
    reach = members.groupby(["source_system", "segment_id"], observed=True)["value"].max()
    cards = {system: model(result, system) for system in table["source_system"].unique()}
    texts = {system: card["parameters"] for system, card in cards.items()}
    return table.assign(
        fitted_as_of=day,
        model_id=name,
        reach=reach.loc[pd.MultiIndex.from_frame(table[keys[:2]])].to_numpy(),
        is_nearest_centroid=True,
        parameters=table["source_system"].map(texts),
    )[list(COLUMNS)]
