"""Accounts month by month: SQL against the raw files, the contest, the typical sequences."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from builds import ROOT, SAMPLE, Warehouse
from sklearn.metrics import adjusted_rand_score
from test_segments import planted_groups

SEGMENTATION = "bank_sequences"
BANK = {"UROK", "SLUZBY", "SANKC. UROK"}


def frame(warehouse: Warehouse, sql: str) -> pd.DataFrame:
    with duckdb.connect(str(warehouse.path), read_only=True) as connection:
        return connection.execute(sql).df()


def raw_postings(folder: Path) -> pd.DataFrame:
    """The usable postings as published; amounts in hellers, so that sums are exact."""
    files = sorted((folder / "berka").glob("trans*.csv*"))
    assert files
    rows = pd.concat([pd.read_csv(file, sep=";", dtype=str) for file in files])
    amount = (rows["amount"].astype(float) * 100).round().astype("int64")
    inflow = rows["type"] == "PRIJEM"
    symbol = rows["k_symbol"].fillna("").str.strip()
    operation = rows["operation"].fillna("")
    outgoing = operation.isin(["VYBER", "VYBER KARTOU", ""]) & (symbol == "")
    cash_in = operation == "VKLAD"
    is_bank = symbol.isin(BANK)
    kind = np.select(
        [is_bank, cash_in | outgoing, operation == "PREVOD Z UCTU"],
        ["bank", "customer", "inbound"],
        "standing",
    )
    return pd.DataFrame(
        {
            "customer_id": rows["account_id"],
            "month": pd.to_datetime(rows["date"], format="%y%m%d").dt.to_period("M"),
            "inflow": amount.where(inflow & ~is_bank, 0),
            "outflow": amount.where(~inflow & ~is_bank, 0),
            "net": amount.where(inflow, -amount),
            "kind": kind,
        }
    )


def expected_periods(folder: Path) -> pd.DataFrame:
    """The table of periods by another way: a full grid of accounts and months, then cut."""
    postings = raw_postings(folder)
    months = pd.period_range(postings["month"].min(), postings["month"].max(), freq="M")
    counts = pd.get_dummies(postings["kind"])[["customer", "standing", "inbound"]].astype(int)
    sums = (
        pd.concat([postings.drop(columns="kind"), counts], axis=1)
        .groupby(["customer_id", "month"])
        .sum()
    )
    first = postings.groupby("customer_id")["month"].min()
    grid = sums.reindex(
        pd.MultiIndex.from_product([first.index, months], names=sums.index.names), fill_value=0
    )
    grid["balance"] = grid.groupby("customer_id")["net"].cumsum()
    grid = grid.reset_index()
    return grid[grid["month"] >= grid["customer_id"].map(first)].reset_index(drop=True)


def compare_periods(warehouse: Warehouse, folder: Path) -> pd.DataFrame:
    found = frame(
        warehouse,
        "select *, strftime(period_start, '%Y-%m') as month from features.features_bank_periods"
        " order by customer_id, period_start",
    )
    expected = expected_periods(folder).sort_values(["customer_id", "month"])
    assert len(found) == len(expected)
    assert (found["customer_id"].to_numpy() == expected["customer_id"].to_numpy()).all()
    assert (found["month"].to_numpy() == expected["month"].astype(str).to_numpy()).all()
    for column, name in {
        "inflow_amount": "inflow",
        "outflow_amount": "outflow",
        "closing_balance": "balance",
    }.items():
        hellers = (found[column].astype(float) * 100).round().astype("int64")
        assert (hellers.to_numpy() == expected[name].to_numpy()).all(), column
    for name in ("customer", "standing", "inbound"):
        assert (found[f"{name}_posting_count"].to_numpy() == expected[name].to_numpy()).all()
    return found


def compare_shapes(warehouse: Warehouse, periods: pd.DataFrame) -> None:
    """Mean, deviation, slope and autocorrelation of SQL against numpy."""
    features = frame(warehouse, "from features.features_bank_sequences").set_index("customer_id")
    for measure in ("inflow", "outflow", "balance"):
        for customer_id, rows in periods.groupby("customer_id"):
            level = rows[f"{measure}_level"].to_numpy(dtype=float)
            centred = level - level.mean()
            varies, slope = (centred**2).sum() > 1e-9, 0.0
            if len(level) > 1:
                slope = np.polyfit(np.arange(len(level)), level, 1)[0]
            memory = (centred[1:] * centred[:-1]).sum() / (centred**2).sum() if varies else 0.0
            expected = [level.mean(), level.std(), slope, memory]
            names = ("mean", "deviation", "trend", "autocorrelation")
            found = features.loc[customer_id, [f"{measure}_{name}" for name in names]]
            assert found.to_numpy(dtype=float) == pytest.approx(expected, abs=5e-5)


def test_every_month_of_every_account_is_what_the_raw_files_say(segmented):
    compare_shapes(segmented, compare_periods(segmented, SAMPLE))


def test_the_months_add_up_to_the_customer(segmented):
    """The last balance is all that came in less all that went out: the data end with a month."""
    assert segmented.one(
        "select count(*), count(*) filter (closing_balance = inflow - outflow) from ("
        "  select customer_id, arg_max(closing_balance, period_start) as closing_balance,"
        "    any_value(customers.inflow_amount) as inflow,"
        "    any_value(customers.outflow_amount) as outflow"
        "  from features.features_bank_periods join marts.customers using (customer_id)"
        "  group by customer_id)"
    ) == (260, 260)


def test_every_feature_is_described_with_its_unit(segmented):
    for table in ("features_bank_periods", "features_bank_sequences"):
        columns = segmented.query(
            "select column_name from duckdb_columns() where schema_name = 'features'"
            " and table_name = ? and coalesce(comment, '') not like '%Unit: %'",
            [table],
        )
        assert columns == []


def test_planted_groups_are_found(segmented):
    segment_of = pd.Series(
        dict(
            segmented.query(
                "select customer_id, segment_id from marts.customer_segments"
                f" where segmentation = '{SEGMENTATION}'"
            )
        )
    )
    truth = pd.Series(planted_groups("bank")).loc[segment_of.index]
    assert adjusted_rand_score(truth, segment_of) > 0.95


def test_the_published_hybrid_is_tried_and_the_features_decide(segmented):
    algorithm, space, k, parameters = segmented.one(
        "select algorithm, space, k, parameters from marts.segmentations where segmentation = ?",
        [SEGMENTATION],
    )
    assert (algorithm, space, k) == ("kmeans", "scaled", 5)
    assert json.loads(parameters)["left_out"] == {}
    hybrid = segmented.query(
        "select k, seed, order_ari is not null, facts, reason from marts.segmentation_candidates"
        " where segmentation = ? and space = 'hybrid' order by seed",
        [SEGMENTATION],
    )
    assert [row[:3] for row in hybrid] == [(3, 0, True), (3, 1, False)]
    assert 0 < json.loads(hybrid[0][3])["variance_written_back"] < 1
    assert "in its own space" in hybrid[0][4]


def test_segments_have_names_of_their_own(segmented):
    names = [
        name
        for (name,) in segmented.query(
            "select segment_name from marts.segments where segmentation = ?", [SEGMENTATION]
        )
    ]
    assert len(names) == len(set(names)) == 5
    assert segmented.one(
        "select count(bank_sequences_segment), count(distinct bank_sequences_segment)"
        " from marts.customers where source_system = 'bank'"
    ) == (260, 5)


def test_the_typical_sequence_is_that_of_the_accounts_of_the_segment(segmented):
    rows = frame(
        segmented,
        "select segment_id, period_start, closing_balance::double as balance"
        " from features.features_bank_periods"
        " join marts.customer_segments using (source_system, customer_id)"
        f" where segmentation = '{SEGMENTATION}'",
    )
    quartiles = rows.groupby(["segment_id", "period_start"])["balance"].quantile([0.25, 0.5, 0.75])
    found = segmented.query(
        "select segment_id, period_start, lower_quartile, median, upper_quartile"
        " from marts.segment_sequences where segmentation = ? and measure = 'closing_balance'"
        " order by all",
        [SEGMENTATION],
    )
    assert [float(value) for row in found for value in row[2:]] == pytest.approx(
        quartiles.to_list(), abs=1e-4
    )
    assert segmented.one(
        "select count(distinct measure), count(distinct segmentation), min(account_count)"
        " from marts.segment_sequences"
    )[:2] == (4, 2)


def test_the_analysis_that_draws_them_runs(segmented):
    sql = (ROOT / "analyses/typical_bank_sequences.sql").read_text(encoding="utf-8")
    drawn = segmented.query(
        sql.replace("{{ ref('segment_sequences') }}", "marts.segment_sequences")
    )
    assert len({name for name, *_ in drawn}) == 5
    assert max(len(bar.strip()) for _, _, _, bar, *_ in drawn) == 40


def test_settings_reach_the_fit(build, segmented):
    folder = "bank_sequences_settings"
    segmented.copy(build.folder / folder)
    fitted = build(
        folder,
        source_systems="bank",
        variables={
            "candidate_search": "chosen",
            "segmentation_k": {SEGMENTATION: 3},
            "segmentation_parameters": {
                SEGMENTATION: {"methods": ["dtw"], "lstm_steps": 5},
                "superstore_bisecting": {},
            },
        },
        select=f"fit_{SEGMENTATION}",
    )
    spaces = fitted.query(
        f"select distinct text from segmentation.fit_{SEGMENTATION}"
        " where record_kind = 'candidate' and name = 'space' order by 1"
    )
    assert spaces == [("dtw",), ("hybrid",), ("scaled",)]


def test_without_a_bank_there_are_no_sequences_and_no_column_is_lost(build):
    warehouse = build(
        "no_bank_sequences", source_systems="credit_card", select="+segment_sequences"
    )
    assert warehouse.one("select count(*) from marts.segment_sequences") == 0


@pytest.mark.real
def test_the_months_of_the_real_accounts_are_what_the_raw_file_says(real, real_data):
    periods = compare_periods(real, real_data)
    assert (len(periods), periods["customer_id"].nunique()) == (10_958, 1_229)
    compare_shapes(real, periods)


@pytest.mark.real
def test_verdict_on_the_real_data(real):
    k, customers, silhouette, stability, why = real.one(
        "select k, customer_count, silhouette, stability, why_k from marts.segmentations"
        f" where segmentation = '{SEGMENTATION}'"
    )
    assert (k, customers) == (5, 1_163)
    assert silhouette == pytest.approx(0.258, abs=0.005)
    assert stability == pytest.approx(0.812, abs=0.02)
    assert why.startswith("k is a cut, not a discovery")
