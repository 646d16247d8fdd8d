"""Segments end to end: what the fit, the SQL on top of it and the names promise."""

from __future__ import annotations

import csv

import pytest
from builds import REAL_SYSTEMS, ROOT, SAMPLE, raw_files, rewrite
from sklearn.metrics import adjusted_rand_score

SEGMENT_TABLES = (
    "customer_segments",
    "segments",
    "segment_features",
    "segment_centroids",
    "segment_rule_cards",
    "segment_splits",
    "segment_split_centroids",
    "segment_sequences",
    "segmentations",
    "segmentation_candidates",
    "segmentation_distributions",
    "segmentation_drift",
)
SEGMENTATIONS = (
    "rfm_kmeans",
    "rfe_kmeans",
    "insiders",
    "superstore_bisecting",
    "card_autoencoder",
    "bank_sequences",
)
# Card holders' names are tested with every k in test_card_autoencoder.py, without a build for each.
OF_ORDERS = ("rfm_kmeans", "insiders", "superstore_bisecting", "bank_sequences")
LAPSE = {"About to Sleep", "At Risk", "Cannot Lose Them", "Churn", "Hibernating", "Lost"}


def named(*segmentations: str) -> str:
    """What to build to fit again: from the fits to the names, and nothing that hangs on those."""
    return " ".join(f"fit_{segmentation}+,+segments" for segmentation in segmentations)


def planted_groups(source_system: str) -> dict[str, str]:
    with (ROOT / "tests/fixtures/planted_groups.csv").open(encoding="utf-8") as lines:
        return {
            row["customer_id"]: row["group"]
            for row in csv.DictReader(lines)
            if row["source_system"] == source_system and row["group"] != "quirk"
        }


@pytest.mark.parametrize(
    ("segmentation", "source_system"),
    [
        ("rfm_kmeans", "online_retail"),
        ("rfm_kmeans", "superstore"),
        ("rfe_kmeans", "ad_clicks"),
    ],
)
def test_planted_groups_are_found_in_number_and_membership(segmented, segmentation, source_system):
    truth = planted_groups(source_system)
    segment_of = dict(
        segmented.query(
            "select customer_id, segment_id from marts.customer_segments"
            " where segmentation = ? and source_system = ? and not is_noise",
            [segmentation, source_system],
        )
    )
    both = sorted(truth.keys() & segment_of.keys())
    assert len(both) > 0.95 * len(truth)
    assert adjusted_rand_score([truth[c] for c in both], [segment_of[c] for c in both]) > 0.95
    k, has_structure = segmented.one(
        "select k, has_structure from marts.segmentations"
        " where segmentation = ? and source_system = ?",
        [segmentation, source_system],
    )
    assert (k, has_structure) == (5, True)


def test_a_fixed_k_wins_and_says_what_the_policy_thinks_of_it(build, sample):
    sample.copy(build.folder / "fixed_k")
    fixed = build(
        "fixed_k",
        variables={"segmentation_k": {"rfm_kmeans": {"online_retail": 3}}},
        select="fit_rfm_kmeans+,+segmentations",
        tests="data",
    )
    k, why = fixed.one(
        "select k, why_k from marts.segmentations"
        " where segmentation = 'rfm_kmeans' and source_system = 'online_retail'"
    )
    assert k == 3
    assert "fixed by the user" in why


def test_a_past_as_of_date_segments_only_who_was_there(past):
    assert past.query(
        "select count(*) from marts.customer_segments as segments"
        " left join marts.customers using (source_system, customer_id)"
        # Card holders have no dates.
        " where source_system <> 'credit_card' and (customers.first_active_date is null"
        " or customers.first_active_date >= segments.as_of_date)"
    ) == [(0,)]


def test_an_empty_build_gives_every_table_without_customers(build):
    empty = build("empty", empty=True, tests="data")
    rows = {table: len(rows) for table, rows in empty.marts().items()}
    assert all(not rows[table] for table in (*SEGMENT_TABLES, "customers", "customer_scores"))


def test_a_single_customer_is_one_segment_that_is_compared_with_nothing(build, tmp_path):
    def one_purchase(name: str, lines: list[bytes]) -> list[bytes]:
        for line in lines[1:]:
            (cells,) = csv.reader([line.decode()])
            if cells[6] and int(cells[3]) > 0 and float(cells[5]) > 0:
                return [lines[0], line]
        raise AssertionError("no purchase with a customer")

    files = [path for path in raw_files(SAMPLE) if path.parts[0] == "online_retail"]
    data = rewrite(SAMPLE, tmp_path / "one", one_purchase, files)
    lonely = build("lonely", data_dir=data, source_systems="online_retail", tests="data")
    fitted = lonely.query("select segmentation, k, customer_count from marts.segmentations")
    assert sorted(fitted) == [("insiders", 1, 1), ("rfm_kmeans", 1, 1)]
    assert (
        lonely.query("select segment_name, customer_share, growth_potential from marts.segments")
        == [("All Customers", 1, 0)] * 2
    )


@pytest.mark.real
def test_verdicts_on_the_real_data(real):
    assert real.query(
        "select source_system, k, has_structure from marts.segmentations"
        " where segmentation = 'rfm_kmeans' order by all"
    ) == [("bank", 5, False), ("online_retail", 5, False), ("superstore", 4, True)]
    assert (
        real.one(
            "select count(*) from marts.customer_segments where segment_name = 'Fully Returned'"
            " and source_system = 'online_retail' and is_noise"
        )
        == 21
    )
    cards = real.query(
        "select source_system, why_k from marts.segmentations where segmentation = 'rfm_kmeans'"
    )
    for source_system, why in cards:
        assert ("a cut, not a discovery" in why) == (source_system != "superstore")


@pytest.mark.real
@pytest.mark.parametrize("k", range(3, 9))
def test_names_are_unique_and_earned_for_every_number_of_segments(real, build, real_data, k):
    folder = f"names_{k}"
    real.copy(build.folder / folder)
    fitted = build(
        folder,
        data_dir=real_data,
        source_systems=REAL_SYSTEMS,
        variables={"segmentation_k": dict.fromkeys(SEGMENTATIONS, k)},
        select=named(*OF_ORDERS),
        tests="data",
    )
    segments = fitted.query(
        "select segmentation, source_system, segment_name, median_recency_days, median_gap_days"
        " from marts.segments"
        " join segmentation.source_system_rhythms using (source_system)"
        " where not is_noise and behaviour = 'orders'"
    )
    assert len({segment[:3] for segment in segments}) == len(segments) == 6 * k
    for *_, name, recency, gap in segments:
        if name.split(",")[0] in LAPSE:
            assert recency >= 2 * gap, name


@pytest.mark.parametrize("k", range(3, 9))
def test_names_of_clickstreams_are_unique_for_every_number_of_segments(sample, build, k):
    """They have no real data here; guards are checked by dbt's own data tests."""
    folder = f"vocabularies_{k}"
    sample.copy(build.folder / folder)
    fitted = build(
        folder,
        variables={"segmentation_k": dict.fromkeys(SEGMENTATIONS, k)},
        select=named("rfe_kmeans"),
        tests="data",
    )
    segments = fitted.query(
        "select segment_name from marts.segments where segmentation = 'rfe_kmeans' and not is_noise"
    )
    assert len(set(segments)) == len(segments) == k
