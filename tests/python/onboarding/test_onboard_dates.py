"""Formats of dates: found by what the values leave open and what they do not."""

from __future__ import annotations

from datetime import date
from typing import Any

import duckdb
import pytest

from customer_segments.onboarding.dates import DateReading, read_dates
from customer_segments.onboarding.reading import Column


@pytest.fixture
def read(connection: duckdb.DuckDBPyConnection) -> Any:
    def read(*values: str, **options: Any) -> DateReading:
        connection.execute("create or replace table records as select unnest(?) as c0", [values])
        return read_dates(connection, Column("when", "c0"), **options)

    return read


def formats(reading: DateReading) -> list[str]:
    return [date_format.text for date_format in reading.formats]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2011-01-31"], "%Y-%m-%d"),
        (["2011-01-31 10:30:00.5"], "%Y-%m-%d %H:%M:%S.%f"),
        (["2011-01-31T10:30:00Z"], "%Y-%m-%dT%H:%M:%S%z"),
        (["2011-01-31 10:30:00 UTC"], "%Y-%m-%d %H:%M:%S%z"),
        (["2011-01-31 10:30:00 +0200"], "%Y-%m-%d %H:%M:%S %z"),
        (["31.01.2011 10:30"], "%d.%m.%Y %H:%M"),
        (["1/31/2011 1:05 PM"], "%m/%d/%Y %I:%M %p"),
        (["31/1/11"], "%d/%m/%y"),
        (["3 Jan 2011", "3 may 2011"], "%d %b %Y"),
        (["January 3, 2011"], "%B %d, %Y"),
        (["20110131"], "%Y%m%d"),
        (["1296468000"], "epoch_s"),
        (["1296468000123"], "epoch_ms"),
    ],
)
def test_common_formats_are_known(read: Any, values: list[str], expected: str) -> None:
    reading = read(*values)
    assert formats(reading) == [expected]
    assert (reading.unread_count, reading.choices) == (0, ())


def test_iso_needs_no_format_and_other_orders_do(read: Any) -> None:
    assert read("2011-01-31", "2011-01-31T10:30+02:00").is_iso
    assert not read("31.01.2011").is_iso
    assert not read("20110131").is_iso


def test_one_spelling_decides_for_the_other(read: Any) -> None:
    # As in the Global Superstore: slashes up to the 12th, dashes after it.
    reading = read("1/12/2011", "2/12/2011", "13-12-2011")
    assert formats(reading) == ["%d/%m/%Y", "%d-%m-%Y"]
    assert reading.evidence == ("day first: 1 has a day above 12, none has a month above 12",)


def test_day_and_month_that_could_change_places_are_a_choice(read: Any) -> None:
    reading = read("1/2/2011", "12/12/2011")
    assert [(order, [f.text for f in found]) for order, found in reading.choices] == [
        ("dmy", ["%d/%m/%Y"]),
        ("mdy", ["%m/%d/%Y"]),
    ]


def test_both_orders_in_one_spelling_are_a_choice(read: Any) -> None:
    reading = read("13/1/2011", "1/13/2011", "14/1/2011")
    assert [order for order, _ in reading.choices] == ["dmy", "mdy"]
    assert "2 are dates only day first, 1 are dates only month first" in reading.why_unclear


def test_each_spelling_can_have_an_order_of_its_own(read: Any) -> None:
    assert formats(read("13.1.2011", "1/13/2011")) == ["%m/%d/%Y", "%d.%m.%Y"]


def test_a_year_of_two_digits_is_where_no_date_lies_in_the_future(read: Any) -> None:
    today = date(2025, 1, 1)
    assert formats(read("24-12-13", "23-12-31", today=today)) == ["%y-%m-%d"]
    assert formats(read("13-12-24", "31-12-23", today=today)) == ["%d-%m-%y"]
    assert len(read("13-12-14", today=today).choices) == 2


def test_a_format_with_a_short_year_is_tried_first(read: Any) -> None:
    # %Y would read the year 11.
    assert formats(read("13/1/2011", "13/1/2011", "13/1/11")) == ["%d/%m/%y", "%d/%m/%Y"]


def test_values_that_are_no_date_are_counted(read: Any) -> None:
    reading = read("2011-01-31", "2011-02-31", "soon", "", "NULL", nothing=["NULL"])
    assert (reading.value_count, reading.unread_count) == (3, 2)
    assert set(reading.unread) <= {"2011-02-31", "soon"}


def test_ids_are_no_dates_where_no_name_says_so(read: Any) -> None:
    assert read("20110131", "1296468000").read_share == 1
    assert read("20110131", "1296468000", digits_too=False).read_share == 0
    assert read("99999999", "123").read_share == 0


def test_given_formats_are_counted_not_searched(read: Any) -> None:
    reading = read("1/2/2011", "1/13/2011", given=["%d/%m/%Y"])
    assert formats(reading) == ["%d/%m/%Y"]
    assert reading.unread == ("1/13/2011",)
