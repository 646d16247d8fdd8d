"""Scoring the customers that the build has placed gives what the build says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from builds import ROOT, SAMPLE, Warehouse
from scored import features, predict, published, query, same_as_published

MODELS = (
    "rfm_kmeans:online_retail",
    "rfm_kmeans:bank",
    "rfe_kmeans:ad_clicks",
    "superstore_bisecting:superstore",
    "insiders:online_retail",
    "card_autoencoder:credit_card",
    "bank_sequences:bank",
)
RAW_COLUMNS = {
    "rfm_kmeans": "customer_id, as_of_date, recency_days, order_count, monetary_amount",
    "rfe_kmeans": "customer_id, as_of_date, recency_days, interaction_count, session_count",
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_feature_table_of_the_fit_gives_the_segments_of_the_build(
    sample: Warehouse, tmp_path: Path, model: str, ending: str
) -> None:
    found = predict(sample, model, features(sample, model, tmp_path / f"features.{ending}"))
    same_as_published(found, sample, model)
    assert not found["is_outside"].any()
    assert found["customer_id"].is_unique


@pytest.mark.parametrize("model", MODELS[:3])
def test_raw_measures_give_the_same(sample: Warehouse, tmp_path: Path, model: str) -> None:
    columns = RAW_COLUMNS[model.split(":")[0]]
    path = features(sample, model, tmp_path / "measures.csv", columns)
    found = predict(sample, model, path)
    same_as_published(found, sample, model)
    if model == "rfm_kmeans:online_retail":
        returned = found[found["segment_id"] == 0]
        assert len(returned) == 4
        assert set(returned["segment_name"]) == {"Fully Returned"}
        assert set(returned["reason"]) == {"outside the fit"}


@pytest.mark.parametrize(
    ("ending", "copy"), [("tsv", "delimiter '\t'"), ("csv.gz", ""), ("jsonl", "")]
)
def test_other_formats_give_the_same(
    sample: Warehouse, tmp_path: Path, ending: str, copy: str
) -> None:
    model = "rfm_kmeans:bank"
    whole = features(sample, model, tmp_path / "features.parquet")
    path = tmp_path / f"features.{ending}"
    kind = "json" if ending == "jsonl" else "csv"
    options = ", ".join(filter(None, [f"format {kind}", copy]))
    duckdb.connect().execute(f"copy (from '{whole}') to '{path}' ({options})")
    same_as_published(predict(sample, model, path), sample, model)
    named_otherwise = path.rename(tmp_path / "features.data")
    if not ending.endswith("gz"):
        type_ = ending
        same_as_published(predict(sample, model, named_otherwise, file_type=type_), sample, model)


def test_without_a_header_the_columns_are_those_of_the_fit(
    sample: Warehouse, tmp_path: Path
) -> None:
    model = "rfm_kmeans:bank"
    columns = "customer_id, recency_log, frequency_log, monetary_log"
    path = features(sample, model, tmp_path / "features.csv", columns)
    path.write_text("\n".join(path.read_text().splitlines()[1:]) + "\n")
    found = predict(sample, model, path, header=False)
    expected = published(sample, model)
    assert found["as_of_date"].isna().all()
    assert dict(zip(found["customer_id"], found["distance"], strict=True)) == dict(
        zip(expected["customer_id"], expected["distance"], strict=True)
    )


def test_the_raw_file_of_the_sample_gives_the_segments_of_the_build(
    sample: Warehouse, tmp_path: Path
) -> None:
    model = "rfm_kmeans:online_retail"
    found = predict(sample, model, SAMPLE / "online_retail" / "online_retail.csv.gz")
    same_as_published(found, sample, model)
    customers = query(
        sample, "select customer_id from marts.customers where source_system = 'online_retail'"
    )
    assert set(customers["customer_id"]) <= set(found["customer_id"])
    without = found[found["segment_id"].isna()]
    assert set(without["reason"]) == {"no valid order before the as-of date"}


def test_a_raw_file_without_dates_gives_the_segments_of_the_build(
    sample: Warehouse, tmp_path: Path
) -> None:
    model = "card_autoencoder:credit_card"
    found = predict(sample, model, SAMPLE / "credit_card" / "cc_general.csv")
    same_as_published(found, sample, model)
    assert found["segment_id"].notna().all()


def test_a_new_customer_is_where_a_hand_computation_puts_them(
    sample: Warehouse, tmp_path: Path
) -> None:
    """10 days ago, 20 orders, 3,000: ln 11, ln 21, ln 3001, rounded to six decimals."""
    model = "rfm_kmeans:online_retail"
    (tmp_path / "new.csv").write_text(
        "customer_id;recency_days;order_count;monetary_amount\nN-1;10;20;3000\n"
    )
    (found,) = predict(sample, model, tmp_path / "new.csv").itertuples()
    point = [2.397895, 3.044522, 8.006701]
    rows = sample.query(
        "select segment_id, list((mean, scale, centroid) order by feature_order)"
        " from marts.segment_centroids where segmentation = 'rfm_kmeans'"
        " and source_system = 'online_retail' group by 1 order by 1"
    )
    distances = {
        segment: sum(
            ((value - mean) / scale - centroid) ** 2
            for value, (mean, scale, centroid) in zip(point, learned, strict=True)
        )
        ** 0.5
        for segment, learned in rows
    }
    nearest, second = sorted(distances, key=distances.get)[:2]
    assert found.segment_id == nearest
    assert found.distance == pytest.approx(distances[nearest], abs=1e-9)
    assert found.second_distance == pytest.approx(distances[second], abs=1e-9)
    assert found.confidence == pytest.approx(1 - distances[nearest] / distances[second])
    assert found.assigned_by == "nearest centroid"


def test_who_is_outside_what_the_model_has_seen_is_marked(
    sample: Warehouse, tmp_path: Path
) -> None:
    model = "rfm_kmeans:online_retail"
    longest, most = sample.one(
        "select max(recency_days), max(order_count) from features.features_rfm"
        " where source_system = 'online_retail' and is_in_fit"
    )
    (tmp_path / "new.csv").write_text(
        "customer_id,recency_days,order_count,monetary_amount\n"
        f"edge,{longest},{most},100\nlate,{longest + 1},1,100\nboth,{longest + 1},{most + 1},100\n"
    )
    found = predict(sample, model, tmp_path / "new.csv").set_index("customer_id")
    assert found["is_outside"].to_dict() == {"both": True, "edge": False, "late": True}
    words = found["outside_features"].to_dict()
    assert words["late"].startswith("recency_log above ")
    assert words["both"].count("above") == 2
    assert found["segment_id"].notna().all()


def test_the_example_of_the_documentation_runs(sample: Warehouse, tmp_path: Path) -> None:
    text = (ROOT / "docs" / "scoring.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```text\n(.*?)```", text, re.DOTALL)
    (tmp_path / "new.csv").write_text(example)
    found = predict(sample, "rfm_kmeans:online_retail", tmp_path / "new.csv")
    assert found["segment_id"].notna().all()
    columns = re.findall(r"^\| (`.*?`) \|", text, re.MULTILINE)
    assert re.findall(r"`(\w+)`", " ".join(columns)) == list(found.columns)


def test_the_package_offers_it_and_imports_nothing_for_it() -> None:
    code = (
        "import sys, customer_segments; assert 'duckdb' not in sys.modules;"
        " print(customer_segments.predict_file.__name__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "predict_file\n"


@pytest.mark.real
@pytest.mark.parametrize(
    "model",
    ["rfm_kmeans:online_retail", "rfm_kmeans:superstore", "superstore_bisecting:superstore"],
)
def test_the_real_customers_keep_their_segments(
    real: Warehouse, tmp_path: Path, model: str
) -> None:
    path = features(real, model, tmp_path / "features.csv")
    same_as_published(predict(real, model, path), real, model)
