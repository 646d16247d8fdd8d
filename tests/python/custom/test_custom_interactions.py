"""Sessions, clicks, items and days of custom interactions, alone and beside orders."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from builds import Builder, Warehouse, rewrite, same, shuffled
from by_another_way import BUYER, VISITOR, buyers, visitors
from custom_data import (
    MARTS,
    SALES,
    VISITS,
    Businesses,
    csv_lines,
    customers,
    sales,
    totals,
    visits,
)

# A click is of something seen.
TYPES = {"click_types": ["click"], "impression_types": ["view", "click"]}
AS_OF = date(2023, 7, 4)

WEBS: dict[str, tuple[list[str], dict[str, Any]]] = {
    # A gap of exactly 30 minutes is still the same session.
    "gaps": (
        [
            "id,at",
            "a,2023-05-01 11:30:01",
            "a,2023-05-01 10:30:00",
            "a,2023-05-01 10:00:00",
            "a,2023-05-01 11:00:00",
            "b,2023-05-01 10:00:00",
            "b,2023-05-01 10:00:00",
            "b,2023-05-01 10:05:01",
            # Between two rows, not from the first of a session.
            "c,2023-05-01 10:00",
            "c,2023-05-01 10:25",
            "c,2023-05-01 10:50",
            "c,2023-05-01 11:15",
            # Half a second more than a gap, and half a second less.
            "g,2023-05-01 10:00:00",
            "g,2023-05-01 10:30:00.5",
            "h,2023-05-01 10:00:00.7",
            "h,2023-05-01 10:30:00.2",
            # Of nobody.
            ",2023-05-03 10:00",
            ",2023-05-03 10:10",
            "d,2023-05-02",
            "e,never",
            "f,",
        ],
        {},
    ),
    "ids": (
        [
            "id,at,visit",
            # Over midnight, and again a week later.
            "a,2023-05-01 23:50,v1",
            "a,2023-05-02 00:10,v1",
            "a,2023-05-09 10:00,v1",
            "a,2023-05-01 23:55,v2",
            # Blank: by the gap, which rows with an id do not bridge.
            "a,2023-05-01 10:00,",
            "a,2023-05-01 10:20,  ",
            "a,2023-05-01 10:40,v3",
            "a,2023-05-01 11:00,",
            "b,2023-05-01 23:50,v1",
            "b,2023-05-01 23:51, v1",
            "b,2023-05-01 23:52,V1",
            # By the gap over midnight.
            "c,2023-05-01 23:50,",
            "c,2023-05-02 00:10,",
        ],
        {"more": {"session_id": "visit"}},
    ),
    "types": (
        [
            "id,at,kind,page",
            "a,2023-05-01 10:00,view,x",
            "a,2023-05-01 10:01,view,y",
            "a,2023-05-01 10:02,click, x ",
            "a,2023-05-02 10:00, it's a click ,x",
            "a,2023-05-02 10:01,Click,z",
            "a,2023-05-02 10:02,,",
            "b,2023-05-01 10:00,other,",
            "c,2023-05-01 10:00,view,",
            "c,2023-05-01 10:01,click,",
            "c,2023-05-01 10:02,click,",
            ",2023-05-01 10:00,click,x",
        ],
        {
            "more": {"event_type": "kind", "item": "page"},
            "click_types": ["click", "it's a click"],
            "impression_types": ["view"],
        },
    ),
    "clicks": (
        ["id,at,kind", "a,2023-05-01,click", "a,2023-05-02,view"],
        {"more": {"event_type": "kind"}, "click_types": ["click"]},
    ),
    "untyped": (
        ["id,at,kind", "a,2023-05-01,click", "a,2023-05-02,view"],
        {"more": {"event_type": "kind"}},
    ),
    # Minutes that pass, not minutes that the clock shows.
    "clock": (
        [
            "id,at",
            "spring,2023-03-26T00:45:00Z",
            "spring,2023-03-26T01:10:00Z",
            "spring_clock,2023-03-26 01:45:00",
            "spring_clock,2023-03-26 03:10:00",
            "autumn_apart,2023-10-29T02:50:00+02:00",
            "autumn_apart,2023-10-29T02:55:00+01:00",
            "autumn_near,2023-10-29T02:50:00+02:00",
            "autumn_near,2023-10-29T02:10:00+01:00",
            "autumn_clock,2023-10-29 01:50:00",
            "autumn_clock,2023-10-29 03:10:00",
            "skipped,2023-03-26 02:30:00",
            "repeated,2023-10-29 02:30:00",
            "repeated,2023-10-29 02:59:00",
            "late,2023-05-01T21:59:00Z",
            "late,2023-05-01T22:01:00Z",
            "later,2023-05-01T23:30:00Z",
        ],
        {"time_zone": "Europe/Berlin"},
    ),
    "empty": (["id,at"], {}),
}

# Interactions, sessions, active days, first and last day.
COLUMNS = (
    "interaction_count, session_count, active_day_count,"
    " first_active_date::varchar, last_interaction_date::varchar"
)
VISITORS: dict[str, dict[str, tuple[Any, ...]]] = {
    "gaps": {
        "a": (4, 2, 1, "2023-05-01", "2023-05-01"),
        "b": (3, 1, 1, "2023-05-01", "2023-05-01"),
        "c": (4, 1, 1, "2023-05-01", "2023-05-01"),
        "d": (1, 1, 1, "2023-05-02", "2023-05-02"),
        "g": (2, 2, 1, "2023-05-01", "2023-05-01"),
        "h": (2, 1, 1, "2023-05-01", "2023-05-01"),
    },
    "ids": {
        "a": (8, 5, 3, "2023-05-01", "2023-05-09"),
        "b": (3, 3, 1, "2023-05-01", "2023-05-01"),
        "c": (2, 1, 2, "2023-05-01", "2023-05-02"),
    },
    "types": {
        "a": (6, 2, 2, "2023-05-01", "2023-05-02"),
        "b": (1, 1, 1, "2023-05-01", "2023-05-01"),
        "c": (3, 1, 1, "2023-05-01", "2023-05-01"),
    },
    "clicks": {"a": (2, 2, 2, "2023-05-01", "2023-05-02")},
    "untyped": {"a": (2, 2, 2, "2023-05-01", "2023-05-02")},
    "clock": {
        "spring": (2, 1, 1, "2023-03-26", "2023-03-26"),
        "spring_clock": (2, 1, 1, "2023-03-26", "2023-03-26"),
        "autumn_apart": (2, 2, 1, "2023-10-29", "2023-10-29"),
        "autumn_near": (2, 1, 1, "2023-10-29", "2023-10-29"),
        "autumn_clock": (2, 2, 1, "2023-10-29", "2023-10-29"),
        "skipped": (1, 1, 1, "2023-03-26", "2023-03-26"),
        "repeated": (2, 1, 1, "2023-10-29", "2023-10-29"),
        "late": (2, 1, 2, "2023-05-01", "2023-05-02"),
        "later": (1, 1, 1, "2023-05-02", "2023-05-02"),
    },
    "empty": {},
}


@pytest.fixture(scope="module")
def webs(build: Builder) -> Businesses:
    webs = Businesses(build.folder / "custom_interactions")
    for system, (lines, settings) in WEBS.items():
        webs.interactions(system, lines, **settings)
    # A business with orders and interactions, and one with the same interactions alone.
    webs.orders("mart", csv_lines(sales()), columns=SALES)
    webs.interactions("mart", csv_lines(visits()), columns=VISITS, **TYPES)
    webs.interactions("pages", csv_lines(visits()), columns=VISITS, **TYPES)
    # Whoever is known by one of the two only.
    webs.orders(
        "both", ["id,day,total", "buyer,2023-05-01,5", "both,2023-05-04,7", "gift,2023-05-02,0"]
    )
    webs.interactions("both", ["id,at", "looker,2023-05-02", "both,2023-05-06", "both,2023-05-06"])
    webs.orders("young", ["id,day,total", "a,2023-05-01,5"])
    webs.interactions("young", ["id,at"])
    # Items are known only after the day that other tests look back to.
    webs.interactions(
        "items", ["id,at,page", "a,2023-05-01,", "a,2023-08-01,x"], more={"item": "page"}
    )
    # Addresses instead of types.
    addresses = [f"a,2023-05-01,/p{number}" for number in range(5000)]
    webs.interactions("typos", ["id,at,kind", *addresses], more={"event_type": "kind"})
    return webs


@pytest.fixture(scope="module")
def built(build: Builder, webs: Businesses) -> Warehouse:
    return webs.build(build, "custom_interactions", tests="data")


@pytest.mark.parametrize("system", WEBS)
def test_sessions_and_days_of_each_customer(built: Warehouse, system: str) -> None:
    assert customers(built, system, COLUMNS) == VISITORS[system]


def test_a_session_counts_on_the_day_it_opens(built: Warehouse) -> None:
    assert built.query(
        "select customer_id, activity_date::varchar, interaction_count, session_count"
        " from intermediate.int_customer_days where source_system = 'ids' and customer_id <> 'b'"
        " order by all"
    ) == [
        ("a", "2023-05-01", 6, 5),
        ("a", "2023-05-02", 1, 0),
        ("a", "2023-05-09", 1, 0),
        ("c", "2023-05-01", 1, 1),
        ("c", "2023-05-02", 1, 0),
    ]


def test_clicks_impressions_and_items_are_counted_where_they_are_known(built: Warehouse) -> None:
    columns = "impression_count, click_count, click_through_rate, distinct_item_count"
    assert customers(built, "types", columns) == {
        "a": (2, 2, 1, 3),
        "b": (0, 0, None, 0),
        # More clicks than impressions.
        "c": (1, 2, 2, 0),
    }
    assert customers(built, "clicks", columns) == {"a": (None, 1, None, None)}
    assert customers(built, "untyped", columns) == {"a": (None, None, None, None)}
    clicked = customers(built, "types", "last_click_date::varchar, click_recency_days")
    assert clicked == {"a": ("2023-05-02", 1), "b": (None, None), "c": ("2023-05-01", 2)}


def test_an_item_counts_on_the_day_it_is_first_looked_at(built: Warehouse) -> None:
    assert built.query(
        "select customer_id, activity_date::varchar, distinct_item_count, click_count"
        " from intermediate.int_customer_days where source_system = 'types' order by all"
    ) == [
        ("a", "2023-05-01", 2, 1),
        ("a", "2023-05-02", 1, 1),
        ("b", "2023-05-01", 0, 0),
        ("c", "2023-05-01", 0, 2),
    ]


def test_rows_of_nobody_and_rows_without_a_time_are_in_the_totals(built: Warehouse) -> None:
    assert totals(built, "gaps", table="interactions") == (20, 16, 2, 0, 2)
    assert totals(built, "types", table="interactions") == (11, 10, 1, 0, 0)
    assert totals(built, "empty", table="interactions") == (0, 0, 0, 0, 0)
    assert built.query(
        "select source_system, rejection_reason from marts.rejected_rows"
        " where source_table = 'interactions' order by all"
    ) == [("gaps", "invalid_date"), ("gaps", "missing_value")]
    assert built.query("select * from marts.control_totals where difference <> 0") == []
    # Money is counted where there are orders.
    assert built.query(
        "select distinct source_system from marts.control_totals where measure = 'amount'"
        " order by all"
    ) == [("both",), ("mart",), ("young",)]
    # The guest of the 3rd is a row like others.
    assert customers(built, "gaps", "as_of_date::varchar, recency_days")["d"] == ("2023-05-04", 2)


def test_thousands_of_event_types_are_warned_about(built: Warehouse) -> None:
    (warning,) = [
        line for line in built.output.splitlines() if "WARN" in line and "event_types" in line
    ]
    assert "WARN 1 event_types_are_few_stg_custom__interactions" in warning
    assert built.query(
        "select * from test_failures.event_types_are_few_stg_custom__interactions_"
    ) == [("typos", 5000)]
    assert customers(built, "typos", "interaction_count, session_count") == {"a": (5000, 1)}


# --- Orders and interactions of one business ------------------------------------------------------


def test_who_is_known_by_one_of_the_two_has_none_of_the_other(built: Warehouse) -> None:
    columns = (
        "order_count, gross_amount, net_amount, return_count, interaction_count, session_count,"
        " recency_days, interaction_recency_days, tenure_days, active_day_count"
    )
    assert customers(built, "both", columns) == {
        "buyer": (1, 5, 5, 0, 0, 0, 6, None, 6, 1),
        "looker": (0, 0, 0, 0, 1, 1, None, 5, 5, 1),
        "both": (1, 7, 7, 0, 2, 1, 3, 1, 3, 2),
        "gift": (0, 0, 0, 0, 0, 0, None, None, None, 0),
    }
    unknown = "click_count, impression_count, distinct_item_count"
    assert set(customers(built, "both", unknown).values()) == {(None, None, None)}


def test_a_business_that_has_no_interactions_yet_keeps_its_orders(built: Warehouse) -> None:
    assert totals(built, "young") == (1, 1, 0, 0, 0)
    assert totals(built, "young", table="interactions") == (0, 0, 0, 0, 0)
    assert customers(built, "young", "net_amount, interaction_count") == {"a": (5, 0)}


def test_scores_are_by_orders_where_there_are_orders(built: Warehouse) -> None:
    scored = customers(built, "both", "recency_score, frequency_score, monetary_score, rfm_code")
    assert {name: all(scores) for name, scores in scored.items()} == {
        "buyer": True,
        "both": True,
        "looker": False,
        "gift": False,
    }
    assert scored["both"][0] > scored["buyer"][0] and scored["both"][2] > scored["buyer"][2]
    # Without orders, by interactions, and there is no money.
    money = "monetary_score, net_amount, gross_amount, order_count, mean_order_amount, rfm_code"
    assert set(customers(built, "pages", money).values()) == {(None,) * 6}
    alone = customers(built, "pages", "recency_score, frequency_score, engagement_score")
    assert all(all(scores) for scores in alone.values())
    assert {score for scores in alone.values() for score in scores} == {1, 2, 3, 4, 5}


def test_each_behaviour_has_its_segmentation(built: Warehouse) -> None:
    assert built.query(
        "select source_system, segmentation from marts.customer_segments"
        " where source_system in ('mart', 'pages') group by all order by all"
    ) == [("mart", "rfe_kmeans"), ("mart", "rfm_kmeans"), ("pages", "rfe_kmeans")]
    found = customers(
        built,
        "mart",
        "order_count > 0, rfm_kmeans_segment is not null, session_count > 0,"
        " rfe_kmeans_segment is not null",
    )
    assert all(row[0] == row[1] and row[2] == row[3] for row in found.values())
    # Whoever only buys, only looks, does both.
    kinds = {(row[0], row[2]) for row in found.values()}
    assert {(True, False), (False, True), (True, True)} <= kinds


def test_every_customer_by_another_way(built: Warehouse) -> None:
    as_of = built.one("select as_of_date from marts.customers where source_system = 'mart' limit 1")
    rows = [row["at"].date() for row in visits()]
    bought = [row["at"].date() for row in sales() if row["total"] != 0]
    assert as_of == max(rows + bought) + timedelta(days=1)
    assert customers(built, "pages", VISITOR) == visitors(visits(), max(rows) + timedelta(days=1))

    looked, paid = visitors(visits(), as_of), buyers(sales(), as_of)
    found = customers(built, "mart", VISITOR.replace(", active_day_count", ""))
    assert found.keys() == looked.keys() | paid.keys()
    nothing = (0, 0, 0, 0, 0, None)
    assert found == {name: looked.get(name, (*nothing, 0))[:-1] for name in found}
    nothing = (0, 0, 0, 0, 0, 0, None, 0, None)
    assert customers(built, "mart", BUYER) == {name: paid.get(name, nothing) for name in found}


# --- What changes nothing, and what does ----------------------------------------------------------


def test_the_order_of_rows_changes_nothing(
    build: Builder, built: Warehouse, webs: Businesses, tmp_path: Path
) -> None:
    files = [path.relative_to(webs.folder) for path in webs.folder.glob("*.csv")]
    data = rewrite(webs.folder, tmp_path, shuffled, files)
    found = webs.build(build, "custom_interactions_shuffled", data_dir=data, select=MARTS).marts()
    assert {"customer_engagement", "rejected_rows", "control_totals"} <= found.keys()
    same(found, {table: rows for table, rows in built.marts().items() if table in found})


@pytest.fixture(scope="module")
def past(build: Builder, webs: Businesses) -> tuple[Warehouse, Warehouse]:
    """As of a date in the past: all rows, and only those before it."""
    dates = f"mart={AS_OF},pages={AS_OF},items={AS_OF}"
    looking_back = webs.build(build, "custom_past", as_of_date=dates, select=MARTS)

    def cut(name: str, lines: list[bytes]) -> list[bytes]:
        if not name.startswith(("mart", "pages", "items")):
            return lines
        header, *rows = lines
        place = header.decode().split(",").index("at")
        return [header, *(row for row in rows if row.split(b",")[place] < str(AS_OF).encode())]

    files = [path.relative_to(webs.folder) for path in webs.folder.glob("*.csv")]
    data = rewrite(webs.folder, build.folder / "custom_cut_data", cut, files)
    return looking_back, webs.build(
        build, "custom_cut", data_dir=data, as_of_date=dates, select=MARTS
    )


def test_as_of_a_date_in_the_past_the_future_is_not_known(
    past: tuple[Warehouse, Warehouse],
) -> None:
    without, where = ["raw_total", "after_as_of", "row_id"], "source_system <> 'items'"
    found, expected = (warehouse.marts(without, where) for warehouse in past)
    # Rows of the future that cannot be used are still rejected.
    rejected = [tables.pop("rejected_rows") for tables in (found, expected)]
    assert len(rejected[0]) > len(rejected[1])
    for tables in (found, expected):
        tables["control_totals"] = [row[:-2] for row in tables["control_totals"]]
    same(found, expected)

    # And that is what it should be.
    looking_back, _ = past
    looked = visitors(visits(), AS_OF)
    sessions_found = customers(looking_back, "pages", "session_count", "customer_engagement")
    assert sessions_found == {name: row[1] for name, row in looked.items()}
    later = [row for row in visits() if row["at"].date() >= AS_OF]
    assert totals(looking_back, "pages", table="interactions")[3] == len(later) > 0
    # The day itself is not over.
    for rows in (visits(), sales()):
        assert any(row["at"].date() == AS_OF for row in rows)


def test_as_of_a_date_before_the_first_item_items_are_as_little_known(
    past: tuple[Warehouse, Warehouse],
) -> None:
    counts = [
        customers(warehouse, "items", "distinct_item_count", "customer_engagement")
        for warehouse in past
    ]
    assert counts[0] == counts[1]


def test_settings_of_sessions_and_copies(build: Builder, webs: Businesses) -> None:
    some = Businesses(webs.folder)
    some.interactions("gaps", WEBS["gaps"][0])
    some.interactions("pages", csv_lines(visits()), columns=VISITS, **TYPES)
    lines = [
        "id,line,day,total",
        "a,1,2023-05-01,1",
        "a,1,2023-05-01,1",
        "a,1,2023-05-01,1",
        "a,1,2023-05-01,2",
        "b,x,2023-05-01,0",
        "b,x,2023-05-01,0",
    ]
    some.orders("copies", lines)
    some.orders("keyed", lines, more={"line_id": "line"})
    built = some.build(
        build,
        "custom_settings",
        variables={"session_gap_minutes": 5, "reject_duplicate_lines": True},
        select=MARTS,
    )
    counts = customers(built, "gaps", "session_count", "customer_engagement")
    assert counts == {"a": 4, "b": 2, "c": 4, "d": 1, "g": 2, "h": 2}
    expected = visitors(visits(), date(2024, 1, 1), minutes=5)
    assert customers(built, "pages", "session_count", "customer_engagement") == {
        name: row[1] for name, row in expected.items()
    }
    assert expected != visitors(visits(), date(2024, 1, 1))

    reasons = built.query(
        "select source_system, rejection_reason, count(*) from marts.rejected_rows"
        " where source_table = 'orders' group by all order by all"
    )
    assert reasons == [
        ("copies", "duplicate_line", 2),
        ("copies", "no_price", 2),
        ("keyed", "duplicate_id", 1),
        ("keyed", "duplicate_line", 2),
        ("keyed", "no_price", 2),
    ]
    assert totals(built, "copies", "amount") == (5, 3, 0, 0, 2)
    assert customers(built, "keyed", "net_amount", "customer_monetary") == {"a": 1, "b": 0}
