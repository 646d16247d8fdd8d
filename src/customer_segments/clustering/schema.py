"""The long frame: the one result of a fit, which SQL models split.

One row is one fact; `record_kind` and `name` say which. Columns that a kind does not use are null.

| record_kind | identified by | name: value, or text |
|---|---|---|
| `model` | source_system | one of `MODEL_NUMBERS`: value; one of `MODEL_TEXTS`: text |
| `candidate` | source_system, candidate_id | `CANDIDATE_NUMBERS`: value; `CANDIDATE_TEXTS`: text |
| `segment` | source_system, segment_id | one of `SEGMENT_NUMBERS`: value |
| `centroid` | source_system, segment_id, feature | one of `CENTROID_NUMBERS`: value |
| `node` | source_system, node_id | one of `NODE_NUMBERS`: value; segment_id of a leaf |
| `node_centroid` | source_system, node_id, feature | `centroid`: value |
| `rule` | source_system, segment_id, text (condition in SQL) | one of `RULE_NUMBERS`: value |
| `event` | source_system, text (an `identity.Event`), segment_id, previous_segment_id \
| one of `EVENT_NUMBERS`: value |
| `assignment` | source_system, customer_id | `distance` to the centroid of segment_id: value |

Segment 0 is noise: customers that the algorithm puts into no cluster; they have no distance.
`mean` and `scale` are repeated for every segment, so that one group-by pivots the centroids.
Only an algorithm that divides segments step by step has nodes (`bisecting.Node`), and only one
without them has events (`identity`).
Rows are ordered: source systems ascending, each with model, candidates, segments, centroids, rules,
and nodes or events; then all assignments by source system and customer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa

RECORD_KINDS = (
    "model",
    "candidate",
    "segment",
    "centroid",
    "rule",
    "node",
    "node_centroid",
    "event",
    "assignment",
)

MODEL_NUMBERS: Mapping[str, str] = {
    "k": "segments fitted; 0 where no customer has every feature",
    "has_structure": "1 where the groups are more than margins and correlations explain, else 0",
    "structure_excess": "largest silhouette over k 2..8 minus its mean under the null",
    "structure_z": "structure_excess in standard deviations of the null",
    "silhouette": "mean silhouette of the published labels on the criteria rows, -1..1",
    "davies_bouldin": "Davies-Bouldin index of the same, >= 0, small is good",
    "calinski_harabasz": "Calinski-Harabasz index of the same, large is good",
    "stability": "mean adjusted Rand index of 20 bootstrap refits with the fit",
    "smallest_share": "share of the smallest segment, of all assigned customers",
    "customer_count": "customers with every feature: fitted or assigned",
    "unassigned_count": "customers left out because a feature is null",
    "fit_row_count": "rows that k-means was fitted on",
    "criteria_row_count": "rows that the criteria were computed on",
    "feature_count": "features clustered on",
    "rule_fidelity": "share of customers whose rule names the segment they are in, without noise",
    "is_nearest_centroid": "1 where everybody's segment is that of the nearest centroid, else 0",
}
MODEL_TEXTS: Mapping[str, str] = {
    "why_k": "why this k, in words",
    "algorithm": "kmeans, bisecting_kmeans, dbscan ...",
    "space": "what was clustered: scaled (the standardised features), pca, umap ...",
    "algorithm_documentation": "what the algorithm does, in words",
    "parameters": "json: everything that the result depends on, beside the input",
    "input_hash": "sha256 of the ordered, rounded input (`preparation.System.input_hash`)",
    "library_versions": "json: library to version",
    "previous_model_id": "the earlier model whose segments were looked for; null without one",
}
CANDIDATE_NUMBERS: Mapping[str, str] = {
    "k": "clusters of this candidate",
    "seed": "random_state",
    "inertia": "sum of squared distances to the own centroid, standardised, criteria rows",
    "silhouette": "mean silhouette on the criteria rows, in the standardised features",
    "davies_bouldin": "Davies-Bouldin index on the criteria rows, in the standardised features",
    "calinski_harabasz": "Calinski-Harabasz index on the criteria rows, in the same",
    "space_silhouette": "mean silhouette in the space that was clustered",
    "space_davies_bouldin": "Davies-Bouldin index in the space that was clustered",
    "cluster_count": "clusters found",
    "noise_share": "share of customers in no cluster; they are left out of the criteria",
    "smallest_share": "share of the smallest cluster, of the fit rows",
    "smallest_size": "customers in the smallest cluster, of the fit rows",
    "prediction_strength": "Tibshirani and Walther, mean of 20 halves, 0..1",
    "bootstrap_ari": "mean adjusted Rand index of 20 bootstrap refits, at most 1",
    "seed_ari": "mean adjusted Rand index between the seeds of the same method",
    "order_ari": "adjusted Rand index with a fit on the same rows in another order",
    "noise_ari": "adjusted Rand index with a fit on features with normal noise of 1e-6",
    "admissible": "1 where no cluster is too small and not too many are noise, else 0",
    "chosen": "1 for the candidate that became the model, else 0",
}
CANDIDATE_TEXTS: Mapping[str, str] = {
    "algorithm": "as in the model",
    "space": "as in the model",
    "parameters": "json: what the method depends on beside k and seed",
    "facts": "json: further numbers that the method gives",
    "reason": "why it was chosen or not, in words",
}
SEGMENT_NUMBERS: Mapping[str, str] = {
    "silhouette": "mean silhouette of its customers on the criteria rows",
}
CENTROID_NUMBERS = ("mean", "scale", "centroid", "feature_order")
RULE_NUMBERS = ("precision", "coverage", "support")
NODE_NUMBERS: Mapping[str, str] = {
    "parent_node_id": "the node that this one is a side of; null for all customers",
    "depth": "splits above it",
    "k_from": "the number of segments with which it came about",
    "split_order": "the number of the split that divided it, from 1; null for a leaf",
    "customer_count": "customers in it, of the fit rows",
    "inertia": "sum of their squared distances to its centroid, standardised",
    "first_segment_id": "smallest segment below it",
    "last_segment_id": "largest segment below it; all in between are below it, too",
}
EVENT_NUMBERS: Mapping[str, str] = {
    "customer_count": "customers of today in the segment",
    "previous_customer_count": "customers of today whom the model before puts into the old segment",
    "common_count": "customers of today in both",
    "centroid_distance": "between the centroids, in standard deviations of the model before",
}

NAMES = tuple(
    dict.fromkeys(
        (
            *MODEL_NUMBERS,
            *MODEL_TEXTS,
            *CANDIDATE_NUMBERS,
            *CANDIDATE_TEXTS,
            *SEGMENT_NUMBERS,
            *CENTROID_NUMBERS,
            *RULE_NUMBERS,
            *NODE_NUMBERS,
            *EVENT_NUMBERS,
            "distance",
        )
    )
)

COLUMNS = (
    "record_kind",
    "source_system",
    "customer_id",
    "segment_id",
    "previous_segment_id",
    "node_id",
    "feature",
    "candidate_id",
    "name",
    "value",
    "text",
)

ARROW_SCHEMA = pa.schema(
    [
        ("record_kind", pa.dictionary(pa.int8(), pa.string())),
        ("source_system", pa.dictionary(pa.int16(), pa.string())),
        ("customer_id", pa.large_string()),
        ("segment_id", pa.int64()),
        ("previous_segment_id", pa.int64()),
        ("node_id", pa.int64()),
        ("feature", pa.dictionary(pa.int16(), pa.string())),
        ("candidate_id", pa.dictionary(pa.int16(), pa.string())),
        ("name", pa.dictionary(pa.int16(), pa.string())),
        ("value", pa.float64()),
        ("text", pa.large_string()),
    ]
)

_TEXT = pd.StringDtype("pyarrow", na_value=np.nan)


@dataclass(frozen=True)
class Assignments:
    """The customers of one source system and their segments.

    Attributes:
        source_system: whose customers.
        customer_id: (n,) text, ascending.
        segment_id: (n,) integers from 1; 0 is noise.
        distance: (n,) to the own centroid, in standardised units; NaN for noise.
    """

    source_system: str
    customer_id: pa.Array
    segment_id: np.ndarray
    distance: np.ndarray


@dataclass
class Records:
    """Collects the small records of one source system, one fact at a time."""

    source_system: str
    rows: list[dict[str, object]] = field(default_factory=list)

    def add(self, record_kind: str, name: str, value: float | str | None, **keys: object) -> None:
        """Add one fact; a string goes to `text`, a number to `value`."""
        content = {"text": value} if isinstance(value, str) else {"value": value}
        self.rows.append(
            {"record_kind": record_kind, "source_system": self.source_system, "name": name}
            | content
            | keys
        )


def assemble(records: Sequence[Records], assignments: Sequence[Assignments]) -> pd.DataFrame:
    """Build the long frame column by column; text is never held as Python objects.

    Args:
        records: small records, one collection per source system, ascending.
        assignments: the customers of each source system, ascending.

    Returns:
        The long frame, `COLUMNS` in this order.
    """
    rows = [row for collection in records for row in collection.rows]
    sizes = [len(part.segment_id) for part in assignments]
    small, large = len(rows), sum(sizes)

    def texts(column: str) -> pa.Array:
        return pa.array([row.get(column) for row in rows], pa.large_string())

    def text_column(parts: list[pa.Array]) -> pd.api.extensions.ExtensionArray:
        return _TEXT.__from_arrow__(pa.chunked_array(parts, pa.large_string()))

    def categorical(
        column: str, categories: Sequence[str], tail: np.ndarray | int
    ) -> pd.Categorical:
        dtype = pd.CategoricalDtype(list(categories))
        index = {category: code for code, category in enumerate(categories)}
        index[None] = -1
        codes = np.full(small + large, -1, dtype=np.int16)
        codes[:small] = [index[row.get(column)] for row in rows]
        codes[small:] = tail
        return pd.Categorical.from_codes(codes, dtype=dtype)

    def distinct(column: str) -> list[str]:
        return list(dict.fromkeys(row[column] for row in rows if row.get(column) is not None))

    systems = [collection.source_system for collection in records]
    positions = np.array([systems.index(part.source_system) for part in assignments], dtype=int)
    segment_id = np.zeros(small + large, dtype=np.int64)
    has_segment = np.ones(small + large, dtype=bool)
    has_segment[:small] = [row.get("segment_id") is not None for row in rows]
    segment_id[:small] = [row.get("segment_id") or 0 for row in rows]
    node_id, previous_id = np.zeros((2, small + large), dtype=np.int64)
    node_id[:small] = [row.get("node_id") or 0 for row in rows]
    previous_id[:small] = [row.get("previous_segment_id") or 0 for row in rows]
    value = np.empty(small + large)
    value[:small] = [row.get("value", np.nan) for row in rows]
    if large:
        segment_id[small:] = np.concatenate([part.segment_id for part in assignments])
        value[small:] = np.concatenate([part.distance for part in assignments])
    return pd.DataFrame(
        {
            "record_kind": categorical("record_kind", RECORD_KINDS, len(RECORD_KINDS) - 1),
            "source_system": categorical("source_system", systems, np.repeat(positions, sizes)),
            "customer_id": text_column(
                [pa.nulls(small, pa.large_string()), *(part.customer_id for part in assignments)]
            ),
            "segment_id": pd.arrays.IntegerArray(segment_id, ~has_segment),
            "previous_segment_id": pd.arrays.IntegerArray(previous_id, previous_id == 0),
            "node_id": pd.arrays.IntegerArray(node_id, node_id == 0),
            "feature": categorical("feature", distinct("feature"), -1),
            "candidate_id": categorical("candidate_id", distinct("candidate_id"), -1),
            "name": categorical("name", NAMES, NAMES.index("distance")),
            "value": value,
            "text": text_column([texts("text"), pa.nulls(large, pa.large_string())]),
        },
        columns=list(COLUMNS),
        copy=False,
    )


def empty_frame() -> pd.DataFrame:
    """Return a long frame without rows: the result for no customers."""
    return assemble([], [])


def to_arrow(frame: pd.DataFrame) -> pa.Table:
    """Return the long frame as an Arrow table of `ARROW_SCHEMA`, whatever it holds.

    A database that reads pandas guesses the type of an all-null column; from Arrow it need not.
    NaN in `value` becomes null.
    """
    return pa.Table.from_pandas(frame, schema=ARROW_SCHEMA, preserve_index=False)
