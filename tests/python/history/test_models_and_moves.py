"""The models that a warehouse keeps, and what is told of moves between month ends."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import duckdb
import pytest
from builds import Builder, Warehouse, same
from history_data import HISTORY, labels

from customer_segments.scoring.score import predict_file

BUILT = f"{HISTORY} +customer_segments +segment_events"
# What scoring needs beside.
BUILT += " +kept_distributions +segment_splits +build_status"
FIRST, SECOND = date(2011, 6, 15), date(2011, 9, 1)


@pytest.fixture(scope="module")
def first(build: Builder) -> Warehouse:
    """Online Retail of the sample as of a day within a month."""
    return build(
        "first_model",
        source_systems="online_retail",
        as_of_date=str(FIRST),
        select=BUILT,
    )


@pytest.fixture(scope="module")
def second(build: Builder, first: Warehouse) -> Warehouse:
    """On top of it, all tables made anew, as of a month end."""
    first.copy(build.folder / "second_model")
    return build(
        "second_model",
        source_systems="online_retail",
        as_of_date=str(SECOND),
        select=BUILT,
        env={"DBT_FULL_REFRESH": "true"},
    )


def model(warehouse: Warehouse) -> str:
    """The id of the model of rfm_kmeans that the last build fitted."""
    return warehouse.one(
        "select model_id from marts.segmentations where segmentation = 'rfm_kmeans'"
    )


def in_force(warehouse: Warehouse) -> dict[date, tuple[str, date, bool]]:
    """By month end the model, when it was fitted, and whether it is cast back."""
    rows = warehouse.query(
        "select distinct as_of_date, model_id, fitted_as_of, is_backcast"
        " from marts.customer_segments_monthly where segmentation = 'rfm_kmeans'"
    )
    assert len(rows) == len({row[0] for row in rows})
    return {row[0]: row[1:] for row in rows}


def test_the_first_model_is_cast_back(first: Warehouse) -> None:
    months = [date(2011, month, 1) for month in range(2, 7)]
    assert in_force(first) == {month: (model(first), FIRST, True) for month in months}


def test_a_month_takes_the_latest_model_by_then_after_a_full_refresh_too(first, second):
    assert model(first) != model(second)
    cast_back = {date(2011, month, 1): (model(first), FIRST, True) for month in range(2, 7)}
    by_then = {date(2011, month, 1): (model(first), FIRST, False) for month in (7, 8)}
    assert in_force(second) == cast_back | by_then | {SECOND: (model(second), SECOND, False)}


def test_another_model_moves_only_whom_it_places_elsewhere(second):
    """In the month of the second model the frozen segment is that of the first."""
    flows = second.query(
        "select as_of_date, sum(customer_count) filter (where frozen_segment <> to_segment)"
        " from history.segment_flows where segmentation = 'rfm_kmeans' group by all order by all"
    )
    assert [moved for day, moved in flows if day < SECOND] == [None] * (len(flows) - 1)
    (frozen,) = second.query(
        "select count(*), min(as_of_date), max(as_of_date), min(model_id)"
        " from history.frozen_assignments"
    )
    customers = second.one("select count(*) from marts.customer_recency")
    assert frozen == (customers, SECOND, SECOND, model(first_of(second)))


EVENTS = "select * exclude (source_system, segmentation) from marts.segment_events"
EVENTS += " where segmentation = 'rfm_kmeans'"


def test_a_refit_says_what_became_of_the_segments_of_the_model_before(first, second):
    born = first.query(f"{EVENTS} order by all")
    assert {row[:4] for row in born} == {(FIRST, model(first), None, "born")}
    names = "select segment_id, segment_name, customer_count from marts.segments"
    names += " where segmentation = 'rfm_kmeans' and segment_id > 0 order by all"
    assert [(row[4], row[5], row[8]) for row in born] == first.query(names)
    events = second.query(f"{EVENTS} order by all")
    assert events[: len(born)] == born
    refit = events[len(born) :]
    assert {row[:3] for row in refit} == {(SECOND, model(second), model(first))}
    assert sorted(row[4:6] for row in refit if row[4]) == [
        row[:2] for row in second.query(names) if row[0] in {found[4] for found in refit}
    ]
    assert {row[6:8] for row in refit if row[6]} == {row[:2] for row in first.query(names)}
    # Today's customers by the model before, in Python.
    before = dict(row[1:] for row in labels(second, "rfm_kmeans", ["online_retail"], first))
    today = dict(row[1:] for row in labels(second, "rfm_kmeans", ["online_retail"], second))
    both = Counter((before[customer], segment_id) for customer, segment_id in today.items())
    assert any(row[3] == "survived" for row in refit)
    for row in refit:
        if row[3] in ("survived", "split", "merged"):
            # Who is farther from the old centroid than anybody was is in no old segment.
            assert 0 <= both[row[6], row[4]] - row[10] <= 3
        if row[4]:
            assert row[8] == list(today.values()).count(row[4])
    assert second.query(
        "select distinct previous_model_id from marts.segmentations where source_system"
        " = 'online_retail' and segmentation = 'rfm_kmeans'"
    ) == [(model(first),)]
    kept = "select distinct fitted_as_of from segmentation.earlier_models"
    assert (first.query(kept), second.query(kept)) == ([], [(FIRST,)])


def first_of(warehouse: Warehouse) -> Warehouse:
    return Warehouse(warehouse.path.parent.parent / "first_model" / warehouse.path.name)


def test_an_as_of_date_before_a_kept_model_ignores_it_and_a_second_build_changes_nothing(
    build: Builder, first: Warehouse, second: Warehouse, tmp_path: Path
) -> None:
    second.copy(build.folder / "back_again")
    again = build("back_again", source_systems="online_retail", as_of_date=str(FIRST), select=BUILT)
    same(again.marts(), first.marts())
    assert again.query("from segmentation.earlier_models") == []
    assert again.query("select distinct fitted_as_of from history.kept_centroids order by 1") == [
        (FIRST,),
        (SECOND,),
    ]


def test_models_can_be_forgotten(build: Builder, second: Warehouse) -> None:
    second.copy(build.folder / "forgotten")
    forgotten = build(
        "forgotten",
        source_systems="online_retail",
        as_of_date=str(SECOND),
        variables={"forget_models": True},
        select=BUILT,
    )
    # The model is another one: its segments are numbered from 1, not after the model before.
    assert {found[:2] for found in in_force(forgotten).values()} == {(model(forgotten), SECOND)}
    assert {row[:4] for row in forgotten.query(EVENTS)} == {
        (SECOND, model(forgotten), None, "born")
    }


def test_a_model_of_the_same_day_takes_the_place_of_the_one_before(build, second):
    """In a warehouse whose older builds kept less, and whose segments have other numbers, too."""
    path = second.copy(build.folder / "refitted")
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop table history.kept_segment_events")
        connection.execute("update history.kept_centroids set segment_id = 3 * segment_id + 4")
        for column in ("reach", "is_nearest_centroid", "parameters"):
            connection.execute(f"alter table history.kept_centroids drop column {column}")
    refitted = build(
        "refitted",
        source_systems="online_retail",
        as_of_date=str(SECOND),
        variables={"segmentation_k": {"rfm_kmeans": 2}},
        select=BUILT,
    )
    assert refitted.query(
        "select distinct fitted_as_of, model_id from history.kept_centroids"
        " where segmentation = 'rfm_kmeans' order by 1"
    ) == [(FIRST, model(first_of(second))), (SECOND, model(refitted))]
    assert model(refitted) != model(second)
    events = refitted.query(EVENTS)
    assert {row[:3] for row in events} == {(SECOND, model(refitted), model(first_of(second)))}
    before = first_of(second).query(EVENTS)
    assert {row[6] for row in events if row[6]} == {3 * row[4] + 4 for row in before}
    placed = "select source_system, customer_id, segment_id from segmentation.segment_memberships"
    placed += " where segmentation = 'rfm_kmeans'"
    found = labels(refitted, "rfm_kmeans", ["online_retail"], refitted)
    assert set(refitted.query(placed)) == found
    assert max(segment_id for *_, segment_id in found) >= 7
    months = "select customer_id, as_of_date, {id} from marts.customer_segments_monthly"
    months += f" where model_id = '{model(first_of(second))}' order by all"
    assert refitted.query(months.format(id="segment_id")) == second.query(
        months.format(id="case when segment_id > 0 then 3 * segment_id + 4 else segment_id end")
    )
    assert refitted.query(
        "select distinct reach is null from history.kept_centroids order by 1"
    ) == [(False,), (True,)]


@pytest.fixture(scope="module")
def walks(sample: Warehouse) -> dict[tuple[str, str, str], list[tuple[date, str]]]:
    """By segmentation, source system and customer the segments in order of month ends."""
    found = defaultdict(list)
    for *key, day, name in sample.query(
        "select segmentation, source_system, customer_id, as_of_date, segment_name"
        " from marts.customer_segments_monthly order by as_of_date"
    ):
        found[tuple(key)].append((day, name))
    return found


def test_since_when_and_where_before_follow_from_the_months(sample, walks):
    with_history = {system for _, system, _ in walks}
    for key, day, name, since, before in (
        (row[:3], *row[3:])
        for row in sample.query(
            "select segmentation, source_system, customer_id, as_of_date, segment_name,"
            " segment_since, previous_segment_name from marts.customer_segments"
        )
    ):
        walk = walks.get(key, [])
        if key[0] not in ("rfm_kmeans", "rfe_kmeans") or key[1] not in with_history:
            assert (since, before) == (None, None)
            continue
        steps = [*(step for step in walk if step[0] < day), (day, name)]
        elsewhere = [position for position, step in enumerate(steps) if step[1] != name]
        start = elsewhere[-1] + 1 if elsewhere else 0
        assert since == steps[start][0]
        assert before == (steps[start - 1][1] if start else None)


def test_ledger_and_migrations_count_what_each_customer_did(sample, walks):
    """Counted by customer, not by combination of scores."""
    closing, moves, new = Counter(), Counter(), Counter()
    for (segmentation, system, _), walk in walks.items():
        for place, (day, name) in enumerate(walk):
            closing[system, segmentation, day, name] += 1
            if not place:
                new[system, segmentation, day, name] += 1
            elif walk[place - 1][1] != name:
                moves[system, segmentation, day, walk[place - 1][1], name] += 1
    ledger = sample.query(
        "select source_system, segmentation, as_of_date, segment_name, closing, newly_acquired"
        " from marts.segment_ledger where closing + newly_acquired > 0"
    )
    first_days = {}
    for system, segmentation, day, _ in sorted(closing, key=lambda key: key[2]):
        first_days.setdefault((system, segmentation), day)
    expected = {
        key: (count, new[key]) for key, count in closing.items() if key[2] > first_days[key[:2]]
    }
    assert {row[:4]: row[4:] for row in ledger} == expected
    migrations = sample.query(
        "select source_system, segmentation, as_of_date, from_segment, to_segment,"
        " cast(sum(customer_count) as bigint) from marts.segment_migrations group by all"
    )
    assert {row[:5]: row[5] for row in migrations} == dict(moves)


def test_money_closes_at_the_net_amount_of_the_customers(sample):
    assert (
        sample.query(
            "with amounts as (select source_system, segmentation, as_of_date, segment_name,"
            " sum(net_amount) as amount from marts.customer_segments_monthly"
            " inner join history.monthly_totals using (source_system, customer_id, as_of_date)"
            " group by all)"
            " select * from marts.segment_ledger as ledger inner join amounts"
            " using (source_system, segmentation, as_of_date, segment_name)"
            " where closing_amount is distinct from amount"
        )
        == []
    )
    # At the as-of date of a month end the amounts are those of today.
    assert sample.one(
        "select (select sum(closing_amount) from marts.segment_ledger"
        " where source_system = 'superstore' and segmentation = 'rf25'"
        " and as_of_date = date '2015-01-01')"
        " = (select sum(net_amount) from marts.customer_monetary"
        " where source_system = 'superstore')"
    )


def test_both_causes_occur_and_thresholds_only_where_something_moved_them(sample):
    causes = set(
        sample.query("select distinct segmentation, moved_by from marts.segment_migrations")
    )
    assert {("rf25", "behaviour"), ("rf25", "thresholds"), ("rfm_kmeans", "behaviour")} <= causes
    # One model from the first month to the last.
    assert ("rfm_kmeans", "thresholds") not in causes


def test_a_model_of_an_earlier_build_scores_as_it_did_then(
    first: Warehouse, second: Warehouse, tmp_path: Path
) -> None:
    path = second.copy(tmp_path)
    with duckdb.connect(str(path)) as connection:
        # A build of some tables is not a set that scoring would take a model from.
        connection.execute("update operations.builds set is_whole = true")
    features = tmp_path / "features.parquet"
    with duckdb.connect(str(first.path), read_only=True) as connection:
        connection.execute(f"copy features.features_rfm to '{features}'")
    assert model(first) != model(second)
    found = predict_file(model(first), features, warehouse=path)
    # Those outside the fit have no distance, which pandas says in its own way.
    found = found[found["segment_id"] > 0]
    columns = ["customer_id", "segment_id", "segment_name", "distance", "confidence"]
    assert list(found[columns].itertuples(index=False, name=None)) == first.query(
        f"select {', '.join(columns)} from marts.customer_segments"
        " where segmentation = 'rfm_kmeans' and segment_id > 0 order by customer_id"
    )


def test_drift_is_measured_against_the_model_before(first: Warehouse, second: Warehouse) -> None:
    drift = "select distinct model_id, is_previous_model from marts.segmentation_drift"
    drift += " where segmentation = 'rfm_kmeans'"
    assert first.query(drift) == [(model(first), False)]
    assert set(second.query(drift)) == {(model(second), False), (model(first), True)}
    largest, measure, level = second.one(
        "select largest_drift, most_drifted_measure, drift_level from marts.segmentations"
        " where segmentation = 'rfm_kmeans'"
    )
    assert (largest, measure, level) == second.one(
        "select population_stability_index, measure, drift_level from marts.segmentation_drift"
        " where segmentation = 'rfm_kmeans' order by 1 desc, is_previous_model, 2 limit 1"
    )
    assert largest > 0
