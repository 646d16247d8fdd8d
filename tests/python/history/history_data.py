"""What tests of the history share: a business of a few customers, and labels by Python."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from builds import Rows, Warehouse

from customer_segments.clustering.assignment import assign, nearest

# Everything that a month is compared in, without fits and the wide tables.
MEASURED = "+customer_grid_segments +customer_scores +features_rfm +features_rfe"
HISTORY = "+segment_ledger +segment_migrations +customer_segments_monthly"

FEATURES = {
    "rfm_kmeans": ("features_rfm", "recency_log, frequency_log, monetary_log"),
    "rfe_kmeans": ("features_rfe", "recency_log, frequency_log, engagement_log"),
}


def businesses(folder: Path) -> dict[str, Any]:
    """Write a shop with a web site, and a site that sells nothing: ten months of 80 customers.

    Returns:
        Vars that read them.
    """
    draw = random.Random("history")
    orders, events = ["id,day,total"], ["id,at"]
    for customer in range(80):
        first = draw.randrange(280)
        for _ in range(1 + int(draw.expovariate(0.2))):
            day = date(2023, 1, 10) + timedelta(days=draw.randint(first, 300))
            amount = draw.randrange(-3_000, 20_000) / 100
            if customer % 5:
                orders.append(f"c{customer},{day},{amount}")
            if customer % 4:
                events.append(f"c{customer},{day}T{draw.randrange(24):02}:00:00")
    (folder / "orders.csv").write_text("\n".join(orders) + "\n", encoding="utf-8")
    (folder / "events.csv").write_text("\n".join(events) + "\n", encoding="utf-8")
    clicks = {"files": "events.csv", "columns": {"customer_id": "id", "occurred_at": "at"}}
    return {
        "custom_orders": [
            {
                "source_system": "shop",
                "files": "orders.csv",
                "columns": {"customer_id": "id", "ordered_at": "day", "amount": "total"},
            }
        ],
        "custom_interactions": [
            {"source_system": "shop", **clicks},
            {"source_system": "web", **clicks},
        ],
    }


def labels(
    built: Warehouse, segmentation: str, systems: list[str], models: Warehouse
) -> set[tuple[Any, ...]]:
    """Assign the features of one build with the centroids of another, in Python.

    Returns:
        Source system, customer and segment; 0 for buyers outside the fit.
    """
    table, columns = FEATURES[segmentation]
    found = set()
    for system in systems:
        centroids = models.query(
            "select segment_id, list(mean order by feature_order),"
            " list(scale order by feature_order), list(centroid order by feature_order)"
            " from marts.segment_centroids where (segmentation, source_system) = (?, ?)"
            " group by all order by all",
            [segmentation, system],
        )
        rows = built.query(
            f"select customer_id, is_in_fit, {columns} from features.{table}"
            " where source_system = ? order by customer_id",
            [system],
        )
        inside = [row for row in rows if row[1]]
        found |= {(system, row[0], 0) for row in rows if not row[1]}
        if inside:
            points = np.array([row[2:] for row in inside], dtype=float)
            centres = np.array([row[3] for row in centroids])
            ids, _ = assign(
                points,
                np.array(centroids[0][1]),
                np.array(centroids[0][2]),
                lambda scaled, centres=centres: nearest(scaled, centres),
                np.array([row[0] for row in centroids]),
            )
            found |= {(system, row[0], int(label)) for row, label in zip(inside, ids, strict=True)}
    return found


def same_rows(found: Rows, expected: Rows) -> None:
    """Assert that rows are equal, whatever their order, showing a few where they are not."""
    extra, missing = set(found) - set(expected), set(expected) - set(found)
    assert not extra and not missing, (sorted(map(str, extra))[:3], sorted(map(str, missing))[:3])
    assert len(found) == len(expected)


def same_month(history: Warehouse, built: Warehouse, months: dict[str, date]) -> None:
    """Assert that a month of the history is what a build as of that date has, on every row.

    Measures, scores and grid segments; labels of k-means are those of that build's features by the
    centroids of the history's build.

    Args:
        history: with `customer_segments_monthly`.
        built: as of the first day after the month, of each source system.
        months: that day by source system.
    """
    at = (
        "(source_system, as_of_date) in ("
        + ", ".join(f"('{system}', date '{day}')" for system, day in months.items())
        + ")"
    )
    measures = "source_system, customer_id, as_of_date, behaviour, is_scored, recency_days,"
    measures += " frequency, monetary_amount, engagement, monetary_measure, activity_window_days"
    scores = "source_system, customer_id, as_of_date, recency_score, frequency_score,"
    scores += " monetary_score, engagement_score"
    for columns, monthly, current in [
        (measures, "history.monthly_measures", "intermediate.int_customer_measures"),
        (scores, "history.monthly_scores", "marts.customer_scores"),
    ]:
        expected = built.query(f"select {columns} from {current} where {at}")
        assert {row[0] for row in expected} == months.keys()
        same_rows(history.query(f"select {columns} from {monthly} where {at}"), expected)
    same_rows(
        history.query(
            "select source_system, customer_id, as_of_date, segmentation, segment_name"
            f" from marts.customer_segments_monthly where {at} and model_id is null"
        ),
        built.query(f"select * from marts.customer_grid_segments where {at}"),
    )
    for segmentation in FEATURES:
        fitted = [
            system
            for (system,) in history.query(
                "select source_system from marts.segmentations where segmentation = ? and k > 0",
                [segmentation],
            )
            if system in months
        ]
        monthly = history.query(
            "select source_system, customer_id, segment_id from marts.customer_segments_monthly"
            f" where {at} and segmentation = ? and segment_id is not null",
            [segmentation],
        )
        same_rows(monthly, list(labels(built, segmentation, fitted, history)))
