"""The published files: figures that others can recompute, and what the policy makes of them."""

from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from clustering_data import candidates, model

from customer_segments.clustering import fit_kmeans_segmentation

pytestmark = pytest.mark.real

MEASURES = ("recency_days", "order_count", "gross_amount")
LOGARITHMS = tuple(f"log_{name}" for name in MEASURES)


def measures(query: str) -> pd.DataFrame:
    with duckdb.connect(config={"threads": 1}) as connection:
        frame = connection.sql(query).df()
    for name in MEASURES:
        frame[f"log_{name}"] = np.log1p(frame[name]).round(6)
    return frame


@pytest.fixture(scope="module")
def online_retail(real_data: Path) -> pd.DataFrame:
    frame = measures(
        f"""
        select
            'online_retail' as source_system,
            CustomerID as customer_id,
            date_diff('day', max(InvoiceDate::date), date '2011-12-10')::double as recency_days,
            count(distinct InvoiceNo)::double as order_count,
            sum(Quantity * UnitPrice)::double as gross_amount
        from read_csv(
            '{real_data}/online_retail/online_retail.csv.gz',
            types = {{
                'InvoiceNo': 'varchar', 'CustomerID': 'varchar', 'UnitPrice': 'decimal(18, 5)'
            }}
        )
        where CustomerID is not null
            and InvoiceNo not like 'C%'
            and Quantity > 0
            and UnitPrice > 0
        group by CustomerID
        """
    )
    assert len(frame) == 4_338
    assert frame["gross_amount"].sum() == pytest.approx(8_911_407.904)
    return frame


@pytest.fixture(scope="module")
def superstore(real_data: Path) -> pd.DataFrame:
    frame = measures(
        f"""
        select
            'superstore' as source_system,
            "Customer ID" as customer_id,
            date_diff(
                'day',
                max(strptime(replace("Order Date", '-', '/'), '%d/%m/%Y')::date),
                date '2015-01-01'
            )::double as recency_days,
            count(distinct "Order ID")::double as order_count,
            sum("Sales"::decimal(18, 5))::double as gross_amount
        from read_csv(
            '{real_data}/global_superstore/global_superstore.csv.gz', all_varchar = true
        )
        group by "Customer ID"
        """
    )
    assert len(frame) == 1_590
    return frame


def test_online_retail_has_the_known_inertia_and_is_called_a_cut(online_retail):
    result = fit_kmeans_segmentation(
        online_retail, feature_names=LOGARITHMS, raw_feature_names=MEASURES
    )
    tried = candidates(result)
    for k, inertia in {3: 4_856, 4: 3_924, 5: 3_268}.items():
        assert tried.loc[k, "inertia"] == pytest.approx(inertia, rel=0.005)
    assert list(tried.index) == list(range(2, 13))
    card = model(result, "online_retail")
    assert (card["has_structure"], card["k"]) == (0, 5)
    assert card["structure_excess"] == pytest.approx(0.01, abs=0.01)
    assert card["why_k"].startswith("k is a cut, not a discovery")
    assert card["rule_fidelity"] > 0.85


def test_two_clusters_of_raw_online_retail_are_refused(online_retail):
    result = fit_kmeans_segmentation(online_retail, feature_names=MEASURES, k_max=2)
    two = candidates(result).loc[2]
    assert two["silhouette"] == pytest.approx(0.8958, abs=0.0001)
    assert (two["smallest_size"], two["admissible"], two["chosen"]) == (26, 0, 0)
    assert two["reason"] == (
        "refused: the smallest cluster (26 customers, 0.6%) is below the floor of 1% and of "
        "30 customers"
    )


def test_the_structure_of_superstore_is_found(superstore):
    result = fit_kmeans_segmentation(
        superstore, feature_names=LOGARITHMS, raw_feature_names=MEASURES
    )
    card = model(result, "superstore")
    assert (card["has_structure"], card["k"]) == (1, 4)
    assert card["structure_excess"] == pytest.approx(0.08, abs=0.01)
    assert card["structure_z"] > 8
    assert card["why_k"].startswith("structure: ")
    assert candidates(result).loc[4, "prediction_strength"] > 0.8
