"""What monthly refits do to segments: who keeps an id, and whose label changes, and why.

Usage: python benchmarks/identity.py [warehouse]

Reads month ends of Online Retail from a warehouse that was built on the real data (by default
WAREHOUSE_PATH, else warehouse.duckdb), fits rfm_kmeans as of each of 2011-04-01 to 2011-12-01 as a
build of that date would, each after the models before it, and compares each refit with the model of
the month before, on the customers of both:

* behaviour: customers whose segment by the old model is another with the features of today.
* model: customers whose features of today are in another segment by the new model, by its ids; if
  the segments were numbered in canonical order instead; and by the best numbering there could be.

Once with the k of the model before kept while it is admissible (var keep_k), once without.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb
import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from customer_segments.clustering import fit_kmeans_segmentation
from customer_segments.clustering.assignment import canonical_order
from customer_segments.clustering.identity import EarlierModel, past_of

# The tests keep models in this way, too.
sys.path.append(str(Path(__file__).parents[1] / "tests/python/clustering"))
from clustering_data import kept

DATES = [date(2011, month, 1) for month in range(4, 13)]
FEATURES = ("recency_log", "frequency_log", "monetary_log")
RAW = ("recency_days", "frequency", "monetary_amount")

MONTH = """
select
    source_system,
    customer_id,
    recency_days,
    frequency,
    monetary_amount,
    round(ln(1 + recency_days), 6) as recency_log,
    round(ln(1 + frequency), 6) as frequency_log,
    round(ln(1 + cast(monetary_amount as double)), 6) as monetary_log
from history.monthly_measures
where
    source_system = 'online_retail'
    and behaviour = 'orders'
    and monetary_amount > 0
    and as_of_date = ?
order by customer_id
"""


class Refit(NamedTuple):
    """One refit and what it changed, in customers of both dates.

    Attributes:
        day: as of which.
        k: segments.
        survivors: segments of the model before that kept their id.
        previous_k: segments of the model before.
        events: how many of each kind.
        customers: in the fits of both dates.
        behaviour: another segment by the old model, with the features of today.
        by_identity: another segment by the new model, with the features of today.
        by_order: the same, if segments were numbered in canonical order.
        by_best: the same, by the numbering that changes the fewest.
    """

    day: date
    k: int
    survivors: int
    previous_k: int
    events: dict[str, int]
    customers: int
    behaviour: int
    by_identity: int
    by_order: int
    by_best: int


def months(connection: duckdb.DuckDBPyConnection) -> dict[date, pd.DataFrame]:
    """The customers of rfm_kmeans as of each date, with features as in features_rfm."""
    return {day: connection.execute(MONTH, [day]).df() for day in DATES}


def refits(frames: dict[date, pd.DataFrame], **settings: object) -> Iterator[Refit]:
    """Fit month after month, and compare each fit with the one before.

    Args:
        frames: customers by date, ascending.
        settings: more arguments of `fit_kmeans_segmentation`.
    """
    earlier, before = pd.DataFrame(), pd.DataFrame()
    for day, frame in frames.items():
        result = fit_kmeans_segmentation(
            frame,
            feature_names=FEATURES,
            raw_feature_names=RAW,
            earlier_models=earlier if len(earlier) else None,
            **settings,
        )
        table = kept(result, day, str(day))
        if len(earlier):
            old, new = latest(earlier), latest(table)
            yield compared(day, before, frame, old, new, result)
        earlier, before = pd.concat([earlier, table]), frame


def latest(table: pd.DataFrame) -> EarlierModel:
    """The last model of a table of models, which reaches everybody: labels are the nearest."""
    return past_of(table.assign(reach=np.inf), "online_retail", FEATURES).model


def compared(
    day: date,
    before: pd.DataFrame,
    now: pd.DataFrame,
    old: EarlierModel,
    new: EarlierModel,
    result: pd.DataFrame,
) -> Refit:
    """Compare the labels of two models on the customers of two dates."""
    both = before.merge(now, on="customer_id", suffixes=("_before", ""))
    then = both[[f"{name}_before" for name in FEATURES]].to_numpy(dtype=float)
    today = both[list(FEATURES)].to_numpy(dtype=float)
    old_labels, new_labels = old.place(today), new.place(today)
    old_order, new_order = canonical(old), canonical(new)
    common = pd.crosstab(old_labels, new_labels).to_numpy()
    rows, columns = linear_sum_assignment(-common)
    events = result[(result["record_kind"] == "event") & (result["name"] == "common_count")]
    return Refit(
        day=day,
        k=len(new.segment_ids),
        survivors=len(np.intersect1d(old.segment_ids, new.segment_ids)),
        previous_k=len(old.segment_ids),
        events=dict(Counter(events["text"])),
        customers=len(both),
        behaviour=int((old.place(then) != old_labels).sum()),
        by_identity=int((old_labels != new_labels).sum()),
        by_order=int((old_order(old_labels) != new_order(new_labels)).sum()),
        by_best=len(both) - int(common[rows, columns].sum()),
    )


def canonical(found: EarlierModel) -> Callable[[np.ndarray], np.ndarray]:
    """From ids of a model to those that it would have in canonical order."""
    order = canonical_order(found.centroids)
    ranks = np.empty(len(order), dtype=int)
    ranks[order] = np.arange(1, len(order) + 1)
    return lambda ids: ranks[np.searchsorted(found.segment_ids, ids)]


def share(found: Sequence[Refit], name: str) -> float:
    """A count of refits as a share of their customers."""
    return sum(getattr(one, name) for one in found) / sum(one.customers for one in found)


def main(arguments: list[str]) -> None:
    """Fit and print one line per refit, then the sums."""
    path = (arguments or [os.environ.get("WAREHOUSE_PATH") or "warehouse.duckdb"])[0]
    with duckdb.connect(path, read_only=True) as connection:
        frames = months(connection)
    for keep_k in (True, False):
        print(f"\nkeep_k: {str(keep_k).lower()}")
        print(f"{'as of':<11} k ids kept customers behaviour  model: ids, order, best  events")
        started, found = time.perf_counter(), []
        for one in refits(frames, keep_k=keep_k):
            found.append(one)
            events = ", ".join(f"{count} {event}" for event, count in sorted(one.events.items()))
            print(
                f"{one.day!s:<10} {one.k:>2} {one.survivors:>3} of {one.previous_k}"
                f" {one.customers:>9,} {one.behaviour / one.customers:>9.1%}"
                f" {one.by_identity / one.customers:>11.1%} {one.by_order / one.customers:>6.1%}"
                f" {one.by_best / one.customers:>5.1%}  {events}",
                flush=True,
            )
        survived = sum(one.survivors for one in found) / sum(one.previous_k for one in found)
        print(
            f"all: {survived:.1%} of ids kept; labels changed by behaviour"
            f" {share(found, 'behaviour'):.1%}, by the model {share(found, 'by_identity'):.1%}"
            f" (in canonical order {share(found, 'by_order'):.1%}, at best"
            f" {share(found, 'by_best'):.1%}); {time.perf_counter() - started:.0f} s"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
