"""Which segment of a refit is which segment of the model before: ids that mean the same for years.

A refit places its centroids anew, so their order says nothing about who is in them. Segments are
recognised by their customers instead. Today's customers are placed twice, by the new model and by
the latest earlier one on the same features; who is farther from the old centroid than any
customer was whom that model was fitted on is in no old segment.

A new and an old segment are the same where they have at least half of the customers of each in
common. Where customers lie exactly on the half, several pairs may be; then as many pairs as
possible are made, with the smallest sum of distances between centroids, in the standard deviations
of the earlier model (Hungarian assignment, Kuhn 1955; `scipy.optimize.linear_sum_assignment`).
A segment that is the same keeps its id. Every other one gets an id that was never used before:
1 + the largest of all earlier models, then the next, in canonical order.

What became of the segments are events, in the spirit of MONIC (Spiliopoulou et al. 2006). Half is
always at least half of the customers in question, and at least one of them:

* `survived`: an old and a new segment are the same.
* `split`: half of a new segment, which is not the same as any, come from one old segment. It is a
  part of that.
* `merged`: half of an old segment, which is not the same as any, are in one new segment.
* `born`: a new segment is not the same as any, nor a part of one, and old segments that merged into
  it do not make half of it together.
* `died`: an old segment is not the same as any, nor merged, and its parts do not hold half of it
  together.

So every new segment is in an event that says where it comes from: in one of `survived`, `split` and
`born`, or else in those of the segments that merged into it. Every old one is in an event that says
where it went: in one of `survived`, `merged` and `died`, or else in those of its parts. A segment
that survived can have lost parts, and have taken others in, beside. In a model that follows none
all are born.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from customer_segments.clustering.assignment import assign, distance_to, nearest

COLUMNS = (
    "source_system",
    "fitted_as_of",
    "model_id",
    "segment_id",
    "feature",
    "mean",
    "scale",
    "centroid",
    "reach",
    "is_nearest_centroid",
    "parameters",
)
"""Of a table of earlier models: one row per source system, model, segment and feature."""


@dataclass(frozen=True)
class EarlierModel:
    """A model of nearest centroids that an earlier build fitted on the same features.

    Attributes:
        model_id: its name.
        segment_ids: (p,) ascending.
        mean: (d,), of each feature.
        scale: (d,), not zero.
        centroids: (p, d), standardised.
        reach: (p,) largest distance of a customer of its fit; infinite where not known.
        parameters: what its fit depended on.
    """

    model_id: str
    segment_ids: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    centroids: np.ndarray
    reach: np.ndarray
    parameters: Mapping[str, object]

    def place(self, features: np.ndarray) -> np.ndarray:
        """Return the segment of each customer, 0 beyond its reach.

        Args:
            features: (n, d), not standardised.

        Returns:
            (n,) ids.
        """
        segment_ids, distances = assign(
            features,
            self.mean,
            self.scale,
            lambda points: nearest(points, self.centroids),
            self.segment_ids,
        )
        reach = self.reach[np.searchsorted(self.segment_ids, segment_ids)]
        return np.where(distances <= reach, segment_ids, 0)

    def distances_to(
        self, centroids: np.ndarray, mean: np.ndarray, scale: np.ndarray
    ) -> np.ndarray:
        """Return how far the centroids of another model are from those of this one.

        Args:
            centroids: (k, d), standardised by the other model.
            mean: (d,), of the other model.
            scale: (d,), of the other model.

        Returns:
            (p, k) in standard deviations of this model, nine decimals.
        """
        moved = (centroids * scale + mean - self.mean) / self.scale
        return np.array([distance_to(moved, centroid) for centroid in self.centroids])


@dataclass(frozen=True)
class Past:
    """What a fit knows of the models before it.

    Attributes:
        model: the one that it follows; None where there is none on the same features.
        largest_segment_id: the largest id that any earlier model used; 0 without one.
    """

    model: EarlierModel | None = None
    largest_segment_id: int = 0


@dataclass(frozen=True)
class Overlap:
    """Customers of today by old and by new segment.

    Attributes:
        previous_ids: (p,) ids of the old segments, ascending.
        previous_counts: (p,) customers of today in each.
        counts: (k,) customers of today in each new segment.
        common: (p, k) customers in both.
        distances: (p, k) between the centroids.
    """

    previous_ids: np.ndarray
    previous_counts: np.ndarray
    counts: np.ndarray
    common: np.ndarray
    distances: np.ndarray

    @property
    def of_previous(self) -> np.ndarray:
        """(p, k) whether a new segment has a half of an old one."""
        return (self.common > 0) & (2 * self.common >= self.previous_counts[:, None])

    @property
    def of_new(self) -> np.ndarray:
        """(p, k) whether a half of a new segment comes from an old one."""
        return (self.common > 0) & (2 * self.common >= self.counts)


@dataclass(frozen=True)
class Event:
    """What became of a segment; see the module.

    Attributes:
        event: survived, split, merged, born or died.
        segment_id: of the new model; None for died.
        previous_segment_id: of the model before; None for born.
        customer_count: customers of today in the new segment; None for died.
        previous_customer_count: customers of today whom the model before puts into the old one;
            None for born.
        common_count: customers of today in both. Of a born segment those from the old segment
            that most come from, of one that died those in the new segment that most are in: too
            few. None without a model before.
        centroid_distance: between the two, in standard deviations of the model before; None where
            there are no two.
    """

    event: str
    segment_id: int | None
    previous_segment_id: int | None
    customer_count: int | None
    previous_customer_count: int | None
    common_count: int | None
    centroid_distance: float | None


def refuse_incomplete(earlier_models: pd.DataFrame | None) -> None:
    """Raise ValueError where a table of earlier models lacks a column of `COLUMNS`."""
    if earlier_models is None:
        return
    if missing := [name for name in COLUMNS if name not in earlier_models.columns]:
        raise ValueError(f"the table of earlier models lacks the columns {missing}")


def past_of(
    earlier_models: pd.DataFrame | None, source_system: str, feature_names: Sequence[str]
) -> Past:
    """Return what a fit may know of the models before it.

    Args:
        earlier_models: `COLUMNS`, of one segmentation, all of earlier dates; None: there are none.
        source_system: whose.
        feature_names: that the fit clusters on; an earlier model on others is not followed, nor
            is one whose segments are no matter of the nearest centroid. Their ids count as used.
    """
    if earlier_models is None:
        return Past()
    rows = earlier_models[earlier_models["source_system"] == source_system]
    if rows.empty:
        return Past()
    largest = int(rows["segment_id"].max())
    for _, model in sorted(rows.groupby("fitted_as_of"), key=lambda item: item[0], reverse=True):
        first = model.iloc[0]
        by_distance = pd.isna(first["is_nearest_centroid"]) or bool(first["is_nearest_centroid"])
        if by_distance and set(model["feature"]) == set(feature_names):
            return Past(_model(model, feature_names), largest)
    return Past(None, largest)


def overlap(
    model: EarlierModel,
    previous_labels: np.ndarray,
    labels: np.ndarray,
    segment_ids: np.ndarray,
    distances: np.ndarray,
) -> Overlap:
    """Count today's customers by old and new segment.

    Args:
        model: the earlier one.
        previous_labels: (n,) its segment ids; 0 is none.
        labels: (n,) ids of the new segments; 0 is none.
        segment_ids: (k,) all ids of the new segments, ascending.
        distances: (p, k) between centroids.
    """
    count, previous_count = len(segment_ids), len(model.segment_ids)
    old = np.where(previous_labels > 0, np.searchsorted(model.segment_ids, previous_labels), -1)
    new = np.where(labels > 0, np.searchsorted(segment_ids, labels), -1)
    both = (old >= 0) & (new >= 0)
    common = np.bincount(old[both] * count + new[both], minlength=previous_count * count)
    return Overlap(
        model.segment_ids,
        np.bincount(old[old >= 0], minlength=previous_count),
        np.bincount(new[new >= 0], minlength=count),
        common.reshape(previous_count, count),
        distances,
    )


def identified(overlapping: Overlap, largest_segment_id: int) -> np.ndarray:
    """Return the ids of new segments: that of the old segment that each is, else a new one.

    Args:
        overlapping: new segments in canonical order.
        largest_segment_id: that was ever used.

    Returns:
        (k,) ids, no two equal.
    """
    allowed = overlapping.of_previous & overlapping.of_new
    # A pair that may not be costs more than all that may, so as few as possible are made.
    forbidden = overlapping.distances.sum() + 1
    rows, columns = linear_sum_assignment(np.where(allowed, overlapping.distances, forbidden))
    segment_ids = np.zeros(allowed.shape[1], dtype=np.int64)
    for row, column in zip(rows, columns, strict=True):
        if allowed[row, column]:
            segment_ids[column] = overlapping.previous_ids[row]
    new = segment_ids == 0
    segment_ids[new] = largest_segment_id + np.arange(1, np.count_nonzero(new) + 1)
    return segment_ids


def events(overlapping: Overlap, segment_ids: np.ndarray) -> Iterator[Event]:
    """Yield what became of the segments, new ones first, by id.

    Args:
        overlapping: new segments in the order of their ids.
        segment_ids: (k,) ascending; an id of the model before is the same segment.
    """
    previous_ids, common = overlapping.previous_ids, overlapping.common
    survives = np.isin(previous_ids, segment_ids)
    is_new = ~np.isin(segment_ids, previous_ids)
    parts = overlapping.of_new & is_new
    mergers = overlapping.of_previous & ~survives[:, None]
    # Of two halves the smaller id counts.
    parts &= np.arange(len(previous_ids))[:, None] == parts.argmax(axis=0)
    mergers &= np.arange(len(segment_ids)) == mergers.argmax(axis=1)[:, None]

    def pair(event: str, row: int, column: int) -> Event:
        return Event(
            event,
            int(segment_ids[column]),
            int(previous_ids[row]),
            int(overlapping.counts[column]),
            int(overlapping.previous_counts[row]),
            int(common[row, column]),
            float(overlapping.distances[row, column]),
        )

    for column, segment_id in enumerate(segment_ids):
        if not is_new[column]:
            row = int(np.searchsorted(previous_ids, segment_id))
            yield pair("survived", row, column)
        elif parts[:, column].any():
            yield pair("split", int(parts[:, column].argmax()), column)
        elif 2 * common[mergers[:, column], column].sum() < max(overlapping.counts[column], 1):
            count, most = int(overlapping.counts[column]), int(common[:, column].max())
            yield Event("born", int(segment_id), None, count, None, most, None)
    for row, previous_id in enumerate(previous_ids):
        if survives[row]:
            continue
        if mergers[row].any():
            yield pair("merged", row, int(mergers[row].argmax()))
        elif 2 * common[row, parts[row]].sum() < max(overlapping.previous_counts[row], 1):
            count, most = int(overlapping.previous_counts[row]), int(common[row].max())
            yield Event("died", None, int(previous_id), None, count, most, None)


def births(segment_ids: np.ndarray, labels: np.ndarray) -> Iterator[Event]:
    """Yield the events of a model that follows none: everything is born.

    Args:
        segment_ids: (k,) ascending.
        labels: (n,) ids.
    """
    for segment_id in segment_ids:
        count = int(np.count_nonzero(labels == segment_id))
        yield Event("born", int(segment_id), None, count, None, None, None)


def _model(rows: pd.DataFrame, feature_names: Sequence[str]) -> EarlierModel:
    """Return one model, features in an order."""
    names = list(feature_names)
    centroids = rows.pivot(index="segment_id", columns="feature", values="centroid").sort_index()
    by_feature = rows.drop_duplicates("feature").set_index("feature").loc[names]
    by_segment = rows.drop_duplicates("segment_id").set_index("segment_id").sort_index()
    parameters = by_segment["parameters"].iloc[0]
    return EarlierModel(
        str(by_segment["model_id"].iloc[0]),
        centroids.index.to_numpy(dtype=np.int64),
        by_feature["mean"].to_numpy(dtype=float),
        by_feature["scale"].to_numpy(dtype=float),
        centroids[names].to_numpy(dtype=float),
        by_segment["reach"].astype(float).fillna(np.inf).to_numpy(),
        {} if pd.isna(parameters) else json.loads(parameters),
    )
