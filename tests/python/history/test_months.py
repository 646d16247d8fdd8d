"""A month of the history is what a build as of that date has."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from builds import Builder, Warehouse
from history_data import HISTORY, MEASURED, businesses, same_month, same_rows

# Three month ends of each source system: the first of the history, one within, the last.
MONTHS = [
    {
        "online_retail": date(2011, 2, 1),
        "superstore": date(2011, 3, 1),
        "bank": date(1993, 3, 1),
    },
    {
        "online_retail": date(2011, 7, 1),
        "superstore": date(2012, 3, 1),
        "bank": date(1994, 12, 1),
    },
    {
        "online_retail": date(2011, 12, 1),
        "superstore": date(2015, 1, 1),
        "bank": date(1996, 1, 1),
    },
]


def setting(months: dict[str, date]) -> str:
    return ",".join(f"{system}={day}" for system, day in months.items())


@pytest.mark.parametrize("months", MONTHS, ids=["first", "middle", "last"])
def test_a_month_of_the_sample_equals_a_build_as_of_that_date(
    sample: Warehouse, build: Builder, months: dict[str, date]
) -> None:
    built = build(
        f"month_{months['online_retail']}",
        source_systems=",".join(months),
        as_of_date=setting(months),
        select=MEASURED,
    )
    same_month(sample, built, months)


@pytest.mark.real
@pytest.mark.parametrize("day", [date(2011, 2, 1), date(2011, 8, 1), date(2011, 12, 1)], ids=str)
def test_a_month_of_online_retail_equals_a_build_as_of_that_date(
    real: Warehouse, build: Builder, real_data: Path, day: date
) -> None:
    built = build(
        f"real_month_{day}",
        data_dir=real_data,
        source_systems="online_retail",
        as_of_date=str(day),
        select=MEASURED,
    )
    same_month(real, built, {"online_retail": day})


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Vars of the businesses, with a window of days shorter than a month, money before returns."""
    return businesses(tmp_path_factory.getbasetemp()) | {
        "activity_window_days": 20,
        "monetary_measure": "gross_amount",
    }


@pytest.fixture(scope="module")
def own(build: Builder, told: dict[str, object], tmp_path_factory) -> Warehouse:
    return build(
        "own",
        data_dir=tmp_path_factory.getbasetemp(),
        source_systems="shop,web",
        variables=told,
        tests="data",
    )


def test_months_of_orders_with_interactions_and_short_windows(own, build, told, tmp_path_factory):
    for day in (date(2023, 4, 1), date(2023, 10, 1)):
        built = build(
            f"own_{day}",
            data_dir=tmp_path_factory.getbasetemp(),
            source_systems="shop,web",
            variables=told,
            as_of_date=str(day),
            select=MEASURED,
        )
        same_month(own, built, {"shop": day, "web": day})


def test_whoever_has_no_score_is_not_segmented_and_stays_in_the_history(own):
    assert own.query(
        "select distinct segmentation from marts.customer_segments_monthly"
        " where source_system = 'shop' and segment_name = 'Not Segmented' order by all"
    ) == [("rf25",), ("rfe_kmeans",), ("rfm125",), ("rfm_intervals",), ("rfm_kmeans",)]
    # As many customers in every segmentation.
    assert (
        own.query(
            "select source_system, as_of_date from marts.customer_segments_monthly"
            " group by source_system, as_of_date, segmentation, 'rows'"
            " qualify count(*) <> max(count(*)) over (partition by source_system, as_of_date)"
        )
        == []
    )


def test_the_history_begins_with_the_second_month_and_ends_before_the_as_of_date(sample):
    same_rows(
        sample.query(
            "select source_system, min(as_of_date), max(as_of_date), count(distinct as_of_date)"
            " from marts.customer_segments_monthly group by all"
        ),
        [
            ("online_retail", date(2011, 2, 1), date(2011, 12, 1), 11),
            ("superstore", date(2011, 3, 1), date(2015, 1, 1), 47),
            ("bank", date(1993, 3, 1), date(1996, 1, 1), 35),
        ],
    )


def test_a_month_that_closes_on_the_as_of_date_is_the_current_state(sample):
    """Superstore's sample ends with a year, so its last month end is its as-of date."""
    monthly = "from marts.customer_segments_monthly where source_system = 'superstore'"
    monthly += " and as_of_date = date '2015-01-01'"
    same_rows(
        sample.query(
            f"select customer_id, segment_id, segment_name, model_id {monthly}"
            " and segmentation = 'rfm_kmeans' and segment_id is not null"
        ),
        sample.query(
            "select customer_id, segment_id, segment_name, model_id from marts.customer_segments"
            " where source_system = 'superstore' and segmentation = 'rfm_kmeans'"
        ),
    )
    assert sample.query(
        f"select distinct is_backcast {monthly} and segmentation = 'rfm_kmeans'"
    ) == [(False,)]


def test_the_last_months_are_the_same_with_or_without_those_before(sample, build):
    short = build(
        "short",
        source_systems="online_retail,credit_card",
        variables={"history_months": 3},
        select=HISTORY,
    )
    online_retail = "source_system = 'online_retail'"
    for table, since in (
        ("customer_segments_monthly", date(2011, 10, 1)),
        ("segment_migrations", date(2011, 11, 1)),
        ("segment_ledger", date(2011, 11, 1)),
    ):
        same_rows(
            short.query(f"from marts.{table}"),
            sample.query(f"from marts.{table} where {online_retail} and as_of_date >= ?", [since]),
        )


@pytest.mark.parametrize(
    ("systems", "variables", "segmentations"),
    [
        ("credit_card", {}, []),
        ("online_retail", {"history_months": 0}, []),
        ("online_retail", {"grids": [], "history_months": 2}, [("rfm_kmeans",)]),
    ],
    ids=["no dates", "no months", "no grids"],
)
def test_what_has_no_history_has_no_rows(build, systems, variables, segmentations, request):
    found = build(
        f"nothing {request.node.callspec.id}",
        source_systems=systems,
        variables=variables,
        select=HISTORY,
    )
    for table in ("customer_segments_monthly", "segment_migrations", "segment_ledger"):
        query = f"select distinct segmentation from marts.{table} order by all"
        assert found.query(query) == segmentations


@pytest.mark.parametrize("months", [-1, "all"])
def test_a_number_of_months_that_is_none_is_refused(build, months):
    refused = build(
        f"months {months}",
        source_systems="online_retail",
        variables={"history_months": months},
        select="month_ends",
        fails=True,
    )
    assert f"history_months is '{months}'" in refused.output
