"""Settings do what they say, and what dbt tests still holds with them."""

from __future__ import annotations

import csv
import io
import shutil
from bisect import bisect_left
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from builds import COUNTED, ROOT, SAMPLE, Builder, Rows, Warehouse, read_bytes, same


def scored(warehouse: Warehouse, window_days: int | None, money: str) -> Rows:
    """Scores by another way: customer-days added up and ranked in plain Python."""
    days = warehouse.query(
        f"select source_system, customer_id, as_of_date, activity_date, active_day_count,"
        f" purchase_day_count, order_count, {money}"
        " from (select *, gross_amount - returned_amount as net_amount"
        " from intermediate.int_customer_days)"
        " inner join intermediate.int_as_of_dates using (source_system)"
    )
    measures: dict[str, dict[str, list[Any]]] = {}
    ever: Counter[tuple[str, str]] = Counter()
    for system, customer, as_of, day, active, bought, orders, amount in days:
        measure = measures.setdefault(system, {}).setdefault(customer, [-(10**6), 0, Decimal(0), 0])
        ever[system, customer] += orders
        if bought:
            measure[0] = max(measure[0], -(as_of - day).days)
        if window_days is None or day >= as_of - timedelta(days=window_days):
            measure[1] += orders
            measure[2] += amount
        if day >= as_of - timedelta(days=90):
            measure[3] += active

    rows: Rows = []
    for system, customers in measures.items():
        buyers = {name: values for name, values in customers.items() if ever[system, name] > 0}
        ordered = [sorted(values) for values in zip(*buyers.values(), strict=True)]
        for name, values in buyers.items():
            scores = (
                1 + 5 * bisect_left(column, value) // len(buyers)
                for column, value in zip(ordered, values, strict=True)
            )
            rows.append((system, name, *scores))
    return sorted(rows)


def test_window_and_money_of_the_scores(build: Builder, sample: Warehouse) -> None:
    # Blanks in the list of systems do not matter.
    built = build(
        "window",
        source_systems=" bank, superstore ,online_retail",
        variables={"activity_window_days": 365, "monetary_measure": "gross_amount"},
        select=f"{COUNTED} +customer_scores",
        tests="data",
    )
    scores = (
        "select source_system, customer_id, recency_score, frequency_score, monetary_score,"
        " engagement_score from marts.customer_scores where recency_score is not null order by all"
    )
    assert built.query(scores) == scored(built, 365, "gross_amount")
    assert built.query(
        "select distinct source_system, monetary_measure, activity_window_days"
        " from marts.customer_scores where recency_score is not null order by all"
    ) == [(name, "gross_amount", 365) for name in ("bank", "online_retail", "superstore")]

    # Each of the two settings shows.
    systems = "source_system in ('bank', 'online_retail', 'superstore')"
    assert sample.query(scores.replace("where", f"where {systems} and")) == scored(
        built, None, "net_amount"
    )
    for other in [(None, "gross_amount"), (365, "net_amount")]:
        assert built.query(scores) != scored(built, *other)

    # The measures themselves stay as they were.
    unchanged = [
        "customer_recency",
        "customer_frequency",
        "customer_monetary",
        "customer_engagement",
        "control_totals",
        "rejected_rows",
    ]
    found, expected = built.marts(), sample.marts(where=systems)
    same(
        {table: found[table] for table in unchanged},
        {table: expected[table] for table in unchanged},
    )


def test_every_test_of_dbt_holds_whatever_the_settings(build: Builder) -> None:
    # A unit test that forgets to fix a setting it depends on fails the build of whoever changes it.
    build(
        "every_setting",
        variables={
            "as_of_date": "bank=1995-06-01",
            "plausible_dates": ["1990-01-01", "2020-12-31"],
            "reject_duplicate_lines": True,
            "activity_window_days": 30,
            "monetary_measure": "gross_amount",
            "grids": ["rf25"],
            "impressions": False,
            "bank_status_known_from": "1995-01-01",
            "default_k": 4,
            "position_fence": 1.0,
        },
        tests="all",
    )


def test_a_variable_wins_over_the_environment(build: Builder) -> None:
    built = build(
        "variables",
        source_systems="bank,superstore",
        as_of_date="1999-12-31",
        variables={"source_systems": "credit_card", "as_of_date": "credit_card=2000-02-29"},
    )
    assert built.query("select source_system, as_of_date from marts.customers group by all") == [
        ("credit_card", date(2000, 2, 29))
    ]


def test_surplus_copies_are_rejected_on_demand(build: Builder, sample: Warehouse) -> None:
    built = build(
        "no_copies",
        source_systems="online_retail",
        variables={"reject_duplicate_lines": True},
        select=COUNTED,
        tests="data",
    )
    (file,) = SAMPLE.glob("online_retail/*.csv.gz")
    text = io.StringIO(read_bytes(file).decode(), newline="")
    lines = Counter(tuple(row.values()) for row in csv.DictReader(text))
    usable = {
        line: count for line, count in lines.items() if float(line[5]) > 0 and line[0][0] != "A"
    }
    surplus = sum(usable.values()) - len(usable)
    assert surplus > 0
    reasons = "select rejection_reason, count(*) from marts.rejected_rows group by all order by all"
    assert built.query(reasons) == sorted([("duplicate_line", surplus), *sample.query(reasons)])
    used = (
        "select used + guest, rejected, difference from marts.control_totals where measure = 'rows'"
    )
    (before,) = sample.query(f"{used} and source_system = 'online_retail'")
    assert built.query(used) == [(before[0] - surplus, before[1] + surplus, 0)]


def test_a_grid_of_ones_own_is_one_more_csv(
    build: Builder, sample: Warehouse, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    for name in ["macros", "models", "seeds", "tests", "sample_data"]:
        shutil.copytree(ROOT / name, project / name)
    for name in ["dbt_project.yml", "profiles.yml"]:
        shutil.copy(ROOT / name, project)
    (project / "seeds/grids/grid_mine.csv").write_text(
        "priority,segment_name,recency_from,recency_to,frequency_from,frequency_to,"
        "monetary_from,monetary_to\n"
        "1,Here and often,4,5,4,5,,\n"
        "2,Here,3,5,1,5,,\n"
    )
    built = build(
        "own_grid",
        source_systems="online_retail,ad_clicks",
        project=project,
        variables={"grids": ["rf25", "mine"]},
        tests="data",
    )
    expected = {
        (system, customer): "Not Segmented"
        if recency is None
        else "Here and often"
        if recency >= 4 and frequency >= 4
        else "Here"
        if recency >= 3
        else "Others"
        for system, customer, recency, frequency in sample.query(
            "select source_system, customer_id, recency_score, frequency_score"
            " from marts.customer_scores where source_system in ('online_retail', 'ad_clicks')"
        )
    }
    segments = built.query(
        "select source_system, customer_id, segment_name from marts.customer_grid_segments"
        " where grid = 'mine'"
    )
    assert {(system, customer): name for system, customer, name in segments} == expected
    assert len(segments) == len(expected)
    assert set(expected.values()) == {"Here and often", "Here", "Others", "Not Segmented"}
    # The grids that were left out are unknown, not missing.
    assert built.one(
        "select count(rf25_segment) = count(*), count(rfm125_segment), count(rfm_intervals_segment)"
        " from marts.customers"
    ) == (True, 0, 0)
    assert built.query("select distinct grid from marts.customer_grid_segments order by 1") == [
        ("mine",),
        ("rf25",),
    ]
