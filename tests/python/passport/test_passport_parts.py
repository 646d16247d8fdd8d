"""Parts of the recomputation by themselves: cells, ratios, ranks, rule cards, raw tables."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from builds import ROOT

from customer_segments.passport import cells
from customer_segments.passport.errors import PassportError
from customer_segments.passport.judging import add_months
from customer_segments.passport.measures import Behaviour, ratio, shown
from customer_segments.passport.population import Feature, Model, Node, Ranking, Rule
from customer_segments.passport.raw import RawFiles
from customer_segments.passport.raw_tables import ONLINE_RETAIL, SUPERSTORE, TABLES
from customer_segments.passport.segments import Placement, holds, measures_of, place


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (None, None),
        ("", None),
        (" \u00a0", None),
        ("\t", "\t"),
        (" a b ", "a b"),
    ],
)
def test_text(cell: str | None, expected: str | None) -> None:
    assert cells.text(cell) == expected


def test_an_id_stays_as_it_stands() -> None:
    assert [cells.identifier(cell) for cell in ("07", " 7", "  ", "", None)] == [
        "07",
        " 7",
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [(" +7 ", 7), ("-0", 0), ("7.0", None), ("٣", None), (str(2**63), None), ("1e3", None)],
)
def test_integer(cell: str, expected: int | None) -> None:
    assert cells.integer(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1.000005", "1.00001"),
        ("-1.000005", "-1.00001"),
        ("1.0000049", "1"),
        (".5", "0.5"),
        ("5.", "5"),
        ("9999999999999.99999", "9999999999999.99999"),
        ("9999999999999.999999", None),
        ("1,5", None),
        (".", None),
    ],
)
def test_decimal(cell: str, expected: str | None) -> None:
    assert cells.decimal(cell) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1/2/2013", date(2013, 2, 1)),
        ("31-01-2013", date(2013, 1, 31)),
        ("2013-01-31", date(2013, 1, 31)),
        ("29/02/2013", None),
        ("1/2-2013", None),
    ],
)
def test_superstore_dates_are_day_first(cell: str, expected: date | None) -> None:
    assert cells.calendar_day(cell, cells.DAY_FIRST, cells.YEAR_FIRST) == expected


def test_moments() -> None:
    assert cells.moment("2011-12-09 8:30", cells.YEAR_FIRST) == datetime(2011, 12, 9, 8, 30)
    assert cells.moment("2015-04-25 08:45:28.0", cells.ISO) == datetime(2015, 4, 25, 8, 45, 28)
    assert cells.moment("2011-12-09 24:00:00", cells.YEAR_FIRST) is None


def test_berka_days_and_birth_numbers() -> None:
    assert cells.berka_day("930101 00:00:00") == date(1993, 1, 1)
    assert cells.berka_day("930231") is None
    assert cells.birth_number("706213") == (date(1970, 12, 13), "female")
    assert cells.birth_number("701213") == (date(1970, 12, 13), "male")
    assert cells.birth_number("705013") is None


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [(1, 64, "0.01563"), (1, 3, "0.33333"), (2, 3, "0.66667"), (5, 0, None), (-1, 64, "-0.01563")],
)
def test_ratios_have_five_decimals(numerator: int, denominator: int, expected: str | None) -> None:
    assert ratio(numerator, denominator) == (None if expected is None else Decimal(expected))


def test_months_end_where_the_month_ends() -> None:
    assert add_months(date(1993, 1, 31), 1) == date(1993, 2, 28)
    assert add_months(date(1993, 12, 31), 12) == date(1994, 12, 31)
    assert add_months(date(1993, 11, 30), 1) == date(1993, 12, 30)


def test_amounts_for_readers() -> None:
    assert shown(Decimal("4310.00000")) == "4,310.00"
    assert shown(Decimal("-1234567.12345")) == "-1,234,567.12345"


def test_equal_values_have_equal_ranks_and_scores() -> None:
    ranking = Ranking([(10, 3), (20, 1), (30, 6)], is_less_better=False)
    assert [ranking.rank(value) for value in (10, 20, 30)] == [1, 4, 5]
    assert [ranking.score(value) for value in (10, 20, 30)] == [1, 2, 3]
    assert ranking.values == {1: (10, 10), 2: (20, 20), 3: (30, 30)}
    least = Ranking([(1, 1), (5, 1), (9, 3)], is_less_better=True)
    assert [least.rank(value) for value in (9, 5, 1)] == [1, 4, 5]
    assert [least.score(value) for value in (9, 5, 1)] == [1, 4, 5]


@pytest.mark.parametrize(
    ("condition", "is_true"),
    [
        ("true", True),
        ("recency_days <= 10 and order_count > 2", True),
        ("recency_days <= 9.5", False),
        ("order_count > 3", False),
        ("((monetary_amount > 5) or monetary_amount is null)", True),
        ("monetary_amount <= 5", False),
        ("recency_days > -1", True),
    ],
)
def test_conditions_of_rule_cards(condition: str, is_true: bool) -> None:
    measures = {"recency_days": 10, "order_count": 3, "monetary_amount": None}
    assert holds(condition, measures) == is_true


@pytest.mark.parametrize(
    "condition", ["shoe_size > 4", "recency_days in (1, 2)", "abs(recency_days) > 1"]
)
def test_a_condition_that_cannot_be_read_is_refused(condition: str) -> None:
    with pytest.raises(PassportError, match="cannot read"):
        holds(condition, {"recency_days": 10})


def model(*centroids: float, **more: Any) -> Model:
    """A fit on recency in days, with one centroid per segment."""
    ids = range(1, len(centroids) + 1)
    feature = Feature("recency_days", 10.0, 2.0, dict(zip(ids, centroids, strict=True)))
    settings = {"model_id": "m", "features": [feature], "rules": [Rule(1, "true", 1.0)]}
    return Model(**(settings | {"names": {0: "Gone", **{i: f"S{i}" for i in ids}}} | more))


def placed(segmentation: str, behaviour: Behaviour | None, fit: Model) -> Placement | None:
    return place(segmentation, "c", measures_of(segmentation, behaviour), fit)


def test_on_a_tie_the_smallest_segment_wins_and_surely_is_0() -> None:
    placement = placed("rfm_kmeans", Behaviour(12, 1, Decimal(5), 1), model(2.0, 0.0))
    assert placement.facts["segment_id"].value == 1
    assert placement.facts["confidence"].value == 0
    assert [found.distance for found in placement.distances] == [1, 1]


def test_a_single_segment_has_no_second_distance() -> None:
    facts = placed("rfm_kmeans", Behaviour(12, 1, Decimal(5), 1), model(1.0)).facts
    assert (facts["distance"].value, facts["second_distance"].value) == (0, None)
    assert facts["confidence"].value is None


def test_who_kept_nothing_is_outside_the_fit_and_who_has_no_money_in_no_segment() -> None:
    facts = placed("rfm_kmeans", Behaviour(12, 1, Decimal(0), 1), model(1.0)).facts
    assert (facts["segment_id"].value, facts["is_noise"].value) == (0, True)
    assert (facts["segment_name"].value, facts["distance"].value) == ("Gone", None)
    assert placed("rfm_kmeans", Behaviour(12, 1, None, 1), model(1.0)) is None
    assert placed("rfm_kmeans", None, model(1.0)) is None
    assert placed("rfm_kmeans", Behaviour(12, 1, Decimal(5), 1), model(features=[])) is None


def test_a_tree_is_walked_past_a_nearer_centroid_and_on_a_tie_to_the_first_side() -> None:
    """All customers were divided at 0 (centroids -.5 and .5), those above again (1 and 3)."""
    nodes = [
        Node(1, None, None, {"recency_days": 0.0}),
        Node(2, 1, 1, {"recency_days": -0.5}),
        Node(3, 1, None, {"recency_days": 0.5}),
        Node(4, 3, 2, {"recency_days": 1.0}),
        Node(5, 3, 3, {"recency_days": 3.0}),
    ]
    fit = model(-0.5, 1.0, 3.0, nodes=nodes)

    def facts(recency_days: int) -> list[Any]:
        behaviour = Behaviour(recency_days, 1, Decimal(0), 1)
        found = placed("superstore_bisecting", behaviour, fit).facts
        return [
            found[name].value
            for name in ("segment_id", "distance", "second_distance", "confidence")
        ]

    assert facts(10) == [1, 0.5, 1.0, 0.5]
    assert facts(14) == [2, 1.0, 1.0, 0.0]
    assert facts(17) == [3, 0.5, 2.5, 0.8]
    nearer = model(0.2, 1.0, 3.0, nodes=nodes)
    behaviour = Behaviour(11, 1, Decimal(5), 1)
    found = placed("superstore_bisecting", behaviour, nearer)
    assert [distance.segment_id for distance in found.distances] == [2, 1, 3]
    assert (found.facts["distance"].value, found.facts["second_distance"].value) == (0.5, 0.3)
    assert found.facts["confidence"].value == 0


def test_labels_of_the_fit_count_where_the_nearest_centroid_does_not_and_0_is_noise() -> None:
    fit = model(0.0, 5.0, labels={"c": 2, "d": 0})
    measures = measures_of("rfm_kmeans", Behaviour(10, 1, Decimal(5), 1))
    facts = place("rfm_kmeans", "c", measures, fit).facts
    assert (facts["segment_id"].value, facts["distance"].value) == (2, 5.0)
    assert (facts["second_distance"].value, facts["confidence"].value) == (0.0, None)
    noise = place("rfm_kmeans", "d", measures, fit)
    assert (noise.facts["segment_id"].value, noise.facts["is_noise"].value) == (0, True)
    assert (noise.facts["distance"].value, noise.rules) == (None, ())


def test_a_feature_or_a_segmentation_of_ones_own_is_refused_by_name() -> None:
    own = [Feature("shoe_size", 0.0, 1.0, {1: 0.0})]
    with pytest.raises(PassportError, match="does not know the feature shoe_size of rfm_kmeans"):
        placed("rfm_kmeans", Behaviour(12, 1, Decimal(5), 1), model(features=own))
    with pytest.raises(PassportError, match="does not know the segmentation mine"):
        place("mine", "c", None, model(1.0))


def test_raw_tables_are_those_of_the_sources() -> None:
    declared = {}
    for path in sorted((ROOT / "models/staging").glob("*/*__sources.yml")):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for table in source["tables"]:
                meta = table["config"]["meta"]
                columns = tuple(column["name"] for column in table["columns"])
                declared[source["name"], table["name"]] = (
                    meta["files"],
                    meta["delimiter"],
                    columns,
                )
    assert declared == {
        (table.source_system, table.name): (table.files, table.delimiter, table.columns)
        for table in TABLES
    }
    models = {path.stem for path in (ROOT / "models/staging").glob("*/stg_*.sql")}
    assert {table.staged_as for table in TABLES} <= models


def test_files_in_other_orders_of_columns_odd_names_and_quotes(tmp_path: Path) -> None:
    folder = tmp_path / "online_retail"
    folder.mkdir()
    names = list(ONLINE_RETAIL.columns)
    (folder / "a[1].csv").write_bytes(
        b"\xef\xbb\xbf" + ",".join(names).encode() + b'\n1,c,"a ""b"", c\nd",1,x,2,7,UK\n'
    )
    (folder / "b.csv").write_text(",".join(reversed(names)) + "\nUK,7,2,x,1,,c,2\nUK,8,,,,,,\n")
    (folder / "README.md").write_text("not a raw file")
    raw = RawFiles(tmp_path, {})
    rows = raw.rows(ONLINE_RETAIL, ids=["7"])
    raw.close()
    assert [(row.file, row.cells["InvoiceNo"], row.cells["Description"]) for row in rows] == [
        ("online_retail/a[1].csv", "1", 'a "b", c\nd'),
        ("online_retail/b.csv", "2", None),
    ]


def test_rows_that_share_a_key_come_along(tmp_path: Path) -> None:
    """Of rows with one key only one can be used, and it may be another customer's."""
    folder = tmp_path / "global_superstore"
    folder.mkdir()
    lines = [
        ",".join(
            {"Row ID": key, "Customer ID": customer}.get(name, "") for name in SUPERSTORE.columns
        )
        for key, customer in (("1", "a"), ("1", "b"), ("2", "b"), ("3", "a"))
    ]
    (folder / "lines.csv").write_text("\n".join((",".join(SUPERSTORE.columns), *lines)) + "\n")
    raw = RawFiles(tmp_path, {"superstore": "csv"})
    rows = raw.rows(SUPERSTORE, ids=["a"])
    raw.close()
    assert [(row.cells["Row ID"], row.cells["Customer ID"]) for row in rows] == [
        ("1", "a"),
        ("1", "b"),
        ("3", "a"),
    ]
