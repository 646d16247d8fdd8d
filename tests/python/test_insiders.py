"""Insiders: the 14 measures by another way, the exclusions, the segments and the contest."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from builds import SAMPLE, Warehouse
from test_segments import planted_groups

SEGMENTATION = "insiders"

MEASURES = (
    "recency_days",
    "mean_days_between_purchases",
    "order_count",
    "purchase_span_days",
    "orders_per_day",
    "net_amount",
    "mean_ticket_amount",
    "net_unit_count",
    "mean_basket_unit_count",
    "mean_basket_product_count",
    "returned_amount",
    "mean_returned_line_amount",
    "return_line_count",
    "returned_unit_count",
)

PUBLISHED = {
    "recency_days": (93.05, 51),
    "mean_days_between_purchases": (50.57, 31.09),
    "order_count": (4.26, 2),
    "purchase_span_days": (187.22, 191),
    "orders_per_day": (0.05, 0.02),
    "net_amount": (1922.49, 655.34),
    "mean_ticket_amount": (371.22, 283.27),
    "net_unit_count": (1133.25, 373.5),
    "mean_basket_unit_count": (200.17, 140),
    "mean_basket_product_count": (21.65, 17),
    "returned_amount": (50.24, 0),
    "mean_returned_line_amount": (9.75, 0),
    "return_line_count": (1.91, 0),
    "returned_unit_count": (25.14, 0),
}
"""Mean and median of each measure in the write-up; its returns are negative."""


def by_another_way(folder: Path) -> pd.DataFrame:
    """The measures of the customers in the fit, by pandas from the raw file."""
    (path,) = folder.glob("online_retail/*.csv.gz")
    text = dict.fromkeys(("InvoiceNo", "StockCode", "CustomerID"), str)
    lines = pd.read_csv(path, dtype=text, parse_dates=["InvoiceDate"])
    lines["day"] = lines["InvoiceDate"].dt.normalize()
    as_of = lines["day"].max() + pd.Timedelta(days=1)
    lines = lines[
        lines["CustomerID"].notna()
        & lines["StockCode"].str.contains(r"\d", na=False)
        & ~lines["Country"].isin(["Unspecified", "European Community"])
        & ~lines["CustomerID"].isin(["12346", "16446"])
    ]
    # In thousandths of a pound, so that sums are exact.
    lines = lines.assign(
        code=lines["StockCode"].str.upper(),
        mills=lines["Quantity"] * (lines["UnitPrice"] * 1_000).round().astype("int64"),
    )
    customer = lines.groupby("CustomerID")
    bought = lines[lines["Quantity"] >= 0].groupby("CustomerID")
    returned = lines[lines["Quantity"] < 0].groupby("CustomerID")
    found = pd.DataFrame(index=bought.size().index)
    first, last = bought["day"].min(), bought["day"].max()
    days = bought["day"].nunique()
    found["recency_days"] = (as_of - last).dt.days
    between = (last - first).dt.days
    found["mean_days_between_purchases"] = (between / (days - 1)).where(days > 1, 0)
    found["order_count"] = bought["InvoiceNo"].nunique()
    found["purchase_span_days"] = between.where(days > 1, found["recency_days"])
    found["orders_per_day"] = found["order_count"] / found["purchase_span_days"]
    found["net_amount"] = customer["mills"].sum() / 1_000
    found["mean_ticket_amount"] = found["net_amount"] / found["order_count"]
    found["net_unit_count"] = customer["Quantity"].sum()
    per_invoice = lines.groupby(["CustomerID", "InvoiceNo"])["Quantity"].sum()
    found["mean_basket_unit_count"] = per_invoice.groupby("CustomerID").mean()
    baskets = lines[lines["Quantity"] >= 0].groupby(["CustomerID", "InvoiceNo"])["code"].nunique()
    found["mean_basket_product_count"] = baskets.groupby("CustomerID").mean()
    found["returned_amount"] = -returned["mills"].sum() / 1_000
    found["mean_returned_line_amount"] = -returned["mills"].mean() / 1_000
    found["return_line_count"] = returned.size()
    found["returned_unit_count"] = -returned["Quantity"].sum()
    return found.fillna(0)[found["net_amount"] > 0.1].astype(float).sort_index()


def measured(warehouse: Warehouse) -> pd.DataFrame:
    """The same from the feature table."""
    rows = warehouse.query(
        f"select customer_id, {', '.join(MEASURES)} from features.features_insiders where is_in_fit"
    )
    frame = pd.DataFrame(rows, columns=["CustomerID", *MEASURES]).set_index("CustomerID")
    return frame.astype(float).sort_index()


def test_every_measure_of_every_customer_by_another_way(segmented):
    found = measured(segmented)
    assert len(found) == 335
    pd.testing.assert_frame_equal(found, by_another_way(SAMPLE), rtol=0, atol=1e-6)


def test_all_measures_are_described_with_their_unit(segmented):
    columns = segmented.query(
        "select column_name, comment from duckdb_columns()"
        " where schema_name = 'features' and table_name = 'features_insiders'"
    )
    assert {*MEASURES} <= {name for name, _ in columns}
    assert [name for name, comment in columns if "Unit: " not in (comment or "")] == []


def test_who_is_outside_the_fit_is_told_why_and_is_in_no_segment(segmented):
    assert segmented.query(
        "select features.exclusion_reason, count(*), count(insiders_segment)"
        " from features.features_insiders as features"
        " join marts.customers using (source_system, customer_id) group by all order by all"
    ) == [
        ("Manual correction by staff", 2, 0),
        ("No country", 4, 0),
        ("No purchase", 4, 0),
        ("Nothing was kept", 5, 0),
        (None, 335, 335),
    ]


def test_the_loyal_customers_of_the_sample_are_insiders(segmented):
    segment_of = dict(
        segmented.query(
            "select customer_id, insiders_segment from marts.customers"
            " where insiders_segment is not null"
        )
    )
    insiders = {customer for customer, name in segment_of.items() if name == "Insiders"}
    loyal = {
        customer
        for customer, group in planted_groups("online_retail").items()
        if group == "loyal_frequent" and customer in segment_of
    }
    assert len(insiders & loyal) >= 0.9 * len(insiders | loyal)


def test_insiders_are_who_brings_most_among_the_recent_and_frequent(segmented):
    (best,) = segmented.query(
        "select segment_name from segmentation.segment_profiles"
        " join segmentation.segment_names using (segmentation, source_system, segment_id)"
        f" where segmentation = '{SEGMENTATION}' and recency_position <= -0.5"
        " and frequency_position >= 0.5 order by value_position desc limit 1"
    )
    assert best == ("Insiders",)


def test_the_published_method_is_a_candidate_with_its_published_figures(segmented):
    rows = segmented.query(
        "select seed, silhouette, space_silhouette, noise_share, smallest_share, order_ari,"
        " noise_ari, seed_ari, parameters, facts, reason, chosen"
        " from marts.segmentation_candidates"
        f" where segmentation = '{SEGMENTATION}' and algorithm = 'dbscan'"
        " and space = 'leaves_umap' order by seed"
    )
    assert [row[0] for row in rows] == [0, 1, 2]
    for _, plain, own, noise, smallest, *_, parameters, facts, reason, chosen in rows:
        # It looks far better in the picture it was found in.
        assert own > plain + 0.2
        assert noise is not None and smallest is not None
        assert json.loads(parameters)["neighbours"] == 50
        assert json.loads(facts) == {"published_silhouette": 0.63, "published_cluster_count": 12}
        assert reason and not chosen
    # Stability is measured once, on the first seed; all seeds are compared with each other.
    assert all(ari is not None for ari in rows[0][5:8])
    assert rows[1][5] is None and rows[1][7] is not None


def test_a_method_that_is_not_known_stops_the_build_with_those_that_are(build, segmented):
    folder = "insiders_refused"
    segmented.copy(build.folder / folder)
    failed = build(
        folder,
        source_systems="online_retail",
        variables={"segmentation_parameters": {SEGMENTATION: {"methods": ["umap/best"]}}},
        select=f"fit_{SEGMENTATION}",
        fails=True,
    )
    assert "a method is space/algorithm with a space of scaled, pca" in failed.output


@pytest.mark.real
def test_the_published_figures_of_all_14_measures(real):
    found = measured(real)
    assert len(found) == 4_314
    assert {
        name: (round(found[name].mean(), 2), round(found[name].median(), 2)) for name in MEASURES
    } == PUBLISHED


@pytest.mark.real
def test_every_measure_of_every_real_customer_by_another_way(real, real_data):
    found = measured(real)
    pd.testing.assert_frame_equal(found, by_another_way(real_data), rtol=0, atol=1e-6)


@pytest.mark.real
def test_the_exclusions_name_every_code_without_a_digit(real):
    """A code that is not listed would be left out all the same; here none is."""
    assert (
        real.one(
            "select count(*) from staging.stg_online_retail__invoice_lines as lines"
            " left join rules.insiders_exclusions as exclusions on exclusions.kind = 'stock_code'"
            " and exclusions.value = upper(lines.stock_code)"
            " where not regexp_matches(lines.stock_code, '[0-9]') and exclusions.value is null"
        )
        == 0
    )


@pytest.mark.real
def test_segments_of_the_real_customers(real):
    k, has_structure, stability = real.one(
        "select k, has_structure, stability from marts.segmentations"
        f" where segmentation = '{SEGMENTATION}'"
    )
    assert (k, has_structure) == (9, False)
    assert stability == pytest.approx(0.813, abs=0.01)
    customers, share, revenue_share = real.one(
        "select customer_count, customer_share, revenue_share from marts.segments"
        f" where segmentation = '{SEGMENTATION}' and segment_name = 'Insiders'"
    )
    assert customers == pytest.approx(293, abs=3)
    assert float(share) == pytest.approx(0.068, abs=0.002)
    assert float(revenue_share) == pytest.approx(0.488, abs=0.01)
