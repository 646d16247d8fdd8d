"""From any frame to what a fit may see: checked, ordered by key, rounded, float64.

K-means depends on the order of its rows far more than on threads or seeds, so the order is the
key's, and every sample is drawn by a hash of the key.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

FEATURE_DECIMALS = 6
"""Decimals that features are rounded to; those that SQL hands over have no more."""

PARAMETER_DECIMALS = 9
"""Decimals of published means, scales and centroids: the same on any processor."""

HASH_KEY = "customersegments"
"""Key of the row hash, 16 bytes; another key is another sample."""

_CHUNK = 250_000
_KEYS = ("source_system", "customer_id")


@dataclass(frozen=True)
class System:
    """The customers of one source system who have every feature, in the order of their ids.

    Attributes:
        source_system: name.
        customer_id: (n,) text, strictly ascending by bytes.
        features: (n, d) float64, rounded to `FEATURE_DECIMALS`.
        raw_features: (n, r) float64 in raw units, NaN where null.
        unassigned_count: customers left out because a feature is null.
    """

    source_system: str
    customer_id: pa.Array
    features: np.ndarray
    raw_features: np.ndarray
    unassigned_count: int

    def input_hash(self, feature_names: Sequence[str]) -> str:
        """Return the sha256 of the names, the ordered ids and the rounded features.

        Hashed in turn: json of source system and feature names; for each 250,000 rows the lengths
        of the ids in bytes (int64), the ids in UTF-8, the features row by row (float64); all
        little-endian.
        """
        digest = hashlib.sha256(json.dumps([self.source_system, list(feature_names)]).encode())
        for start in range(0, len(self.customer_id), _CHUNK):
            ids = self.customer_id.slice(start, _CHUNK)
            digest.update(pc.binary_length(ids).to_numpy().astype("<i8").tobytes())
            digest.update("".join(ids.to_pylist()).encode())
            digest.update(self.features[start : start + _CHUNK].astype("<f8").tobytes())
        return digest.hexdigest()

    def sample(self, max_rows: int) -> np.ndarray:
        """Return the positions of the `max_rows` rows of smallest key hash, ascending.

        All rows where there are no more. Smaller samples are contained in larger ones, and a
        customer who was in the sample last month is in it this month, unless crowded out.

        Args:
            max_rows: at least 1.

        Returns:
            (min(n, max_rows),) integers.
        """
        count = len(self.customer_id)
        if count <= max_rows:
            return np.arange(count)
        hashes = np.concatenate(
            [
                pd.util.hash_array(
                    self.customer_id.slice(start, _CHUNK).to_numpy(zero_copy_only=False),
                    hash_key=HASH_KEY,
                    categorize=False,
                )
                for start in range(0, count, _CHUNK)
            ]
        )
        highest = np.partition(hashes, max_rows - 1)[max_rows - 1]
        below, tied = np.flatnonzero(hashes < highest), np.flatnonzero(hashes == highest)
        return np.sort(np.concatenate([below, tied[: max_rows - len(below)]]))


def split_by_system(
    frame: pd.DataFrame, feature_names: Sequence[str], raw_feature_names: Sequence[str]
) -> list[System]:
    """Check the frame and split it into its source systems, ascending by name.

    Args:
        frame: one row per customer: source_system, customer_id, and the named columns as floats,
            integers, nullable numbers or `decimal.Decimal`; any row order.
        feature_names: columns to cluster on, at least one.
        raw_feature_names: columns in raw units.

    Raises:
        ValueError: a column is missing, named twice or not numeric; a value is infinite; a key is
            null or occurs twice. The message names the column or the key.
    """
    names = list(dict.fromkeys((*feature_names, *raw_feature_names)))
    if not feature_names:
        raise ValueError("feature_names is empty: there is nothing to cluster on")
    if len(set(feature_names)) < len(feature_names):
        raise ValueError(f"feature_names holds a name twice: {list(feature_names)}")
    if missing := [name for name in (*_KEYS, *names) if name not in frame.columns]:
        raise ValueError(
            f"the feature table lacks the columns {missing}; it has {list(frame.columns)}"
        )
    if frame.empty:
        return []
    for key in _KEYS:
        if frame[key].isna().any():
            raise ValueError(f"{key} is null in {int(frame[key].isna().sum())} rows")

    systems = pd.Categorical(frame["source_system"].astype("str"))
    codes = systems.codes.astype(np.int64)
    ids = pa.array(frame["customer_id"].astype("str"), pa.large_string())
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.combine_chunks()
    values = {name: _to_float(frame[name]) for name in names}
    if not _is_strictly_ascending(codes, ids):
        order = pc.sort_indices(
            pa.table({"code": codes, "id": ids}),
            sort_keys=[("code", "ascending"), ("id", "ascending")],
        ).to_numpy()
        codes, ids = codes[order], ids.take(pa.array(order))
        values = {name: column[order] for name, column in values.items()}
        _refuse_duplicates(codes, ids, systems.categories)

    features = np.column_stack([values[name] for name in feature_names])
    # Adding zero turns -0.0 into 0.0: equal inputs must have equal bytes.
    features = np.round(features, FEATURE_DECIMALS) + 0.0
    raw = np.column_stack([values[name] for name in raw_feature_names] or [np.empty((len(ids), 0))])
    bounds = np.searchsorted(codes, np.arange(len(systems.categories) + 1))
    result = []
    for code, source_system in enumerate(systems.categories):
        rows = slice(bounds[code], bounds[code + 1])
        complete = ~np.isnan(features[rows]).any(axis=1)
        part = ids.slice(rows.start, rows.stop - rows.start)
        if complete.all():
            result.append(System(source_system, part, features[rows], raw[rows], 0))
        else:
            result.append(
                System(
                    source_system,
                    part.filter(pa.array(complete)),
                    features[rows][complete],
                    raw[rows][complete],
                    int((~complete).sum()),
                )
            )
    return result


def mean_and_scale(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the published mean and scale per feature, as in scikit-learn's StandardScaler.

    The scale is the population standard deviation, and 1 for a feature that does not vary.

    Args:
        features: (n, d), n at least 1.

    Returns:
        Two (d,) arrays, rounded to `PARAMETER_DECIMALS`.
    """
    mean = np.round(features.mean(axis=0), PARAMETER_DECIMALS) + 0.0
    scale = np.round(features.std(axis=0), PARAMETER_DECIMALS)
    varies = (np.ptp(features, axis=0) > 0) & (scale > 0)
    return mean, np.where(varies, scale, 1.0)


def _to_float(column: pd.Series) -> np.ndarray:
    """Return a column of any numeric type, Decimal objects included, as float64 with NaN."""
    try:
        if pd.api.types.is_object_dtype(column.dtype):
            column = column.map(float, na_action="ignore")
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ValueError(f"column {column.name!r} is not numeric: {error}") from error
    if np.isinf(values).any():
        raise ValueError(
            f"column {column.name!r} holds {int(np.isinf(values).sum())} infinite values"
        )
    return values


def _is_strictly_ascending(codes: np.ndarray, ids: pa.Array) -> bool:
    """Return whether the rows are already in the order of the key, without duplicates."""
    later_id = pc.greater(ids.slice(1), ids.slice(0, len(ids) - 1)).to_numpy(zero_copy_only=False)
    step = np.diff(codes)
    return bool(((step > 0) | ((step == 0) & later_id)).all())


def _refuse_duplicates(codes: np.ndarray, ids: pa.Array, systems: pd.Index) -> None:
    """Raise where two neighbours of the ordered rows have the same key."""
    same_id = pc.equal(ids.slice(1), ids.slice(0, len(ids) - 1)).to_numpy(zero_copy_only=False)
    repeated = np.flatnonzero(same_id & (np.diff(codes) == 0))
    if len(repeated):
        first = int(repeated[0])
        raise ValueError(
            f"{len(repeated)} rows repeat the key of another row, for example "
            f"source_system={systems[codes[first]]!r}, customer_id={ids[first].as_py()!r}"
        )
