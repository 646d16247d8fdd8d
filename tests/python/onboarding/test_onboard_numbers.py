"""Marks and signs of numbers: found by what the values leave open and what they do not."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from customer_segments.onboarding.numbers import (
    Marks,
    NumberFormat,
    Shape,
    decide_marks,
    number_share,
    shapes,
)
from customer_segments.onboarding.reading import Column


@pytest.fixture
def shaped(connection: duckdb.DuckDBPyConnection) -> Any:
    def shaped(*values: str) -> list[Shape]:
        connection.execute("create or replace table records as select unnest(?) as c0", [values])
        return shapes(connection, Column("amount", "c0"))

    return shaped


def marks_of(shapes: list[Shape]) -> Marks:
    marks = Marks()
    for shape in shapes:
        marks.add(shape)
    return marks


@pytest.mark.parametrize(
    ("values", "decimal_mark", "thousands_mark"),
    [
        (["5", "-7"], ".", ""),
        (["886.494", "37.69"], ".", ""),
        (["0.125", "1.250"], ".", ""),
        (["1234.567"], ".", ""),
        (["1.234,50"], ",", "."),
        (["1,250", "12.50"], ".", ","),
        (["1.234.567", "1.250"], ",", "."),
        (["1,234,567"], ".", ","),
        (["1'234.50"], ".", "'"),
        (["1 234,50", "1\u00a0234,50", "1\u202f234,50"], ",", " "),
    ],
)
def test_marks_are_what_the_values_leave_no_choice_about(
    shaped: Any, values: list[str], decimal_mark: str, thousands_mark: str
) -> None:
    found = shaped(*values)
    assert decide_marks(marks_of(found)) == (decimal_mark, thousands_mark, "")
    number_format = NumberFormat(decimal_mark, thousands_mark)
    assert all(number_format.reads(shape) for shape in found)


@pytest.mark.parametrize(
    "values",
    [["1.250"], ["1,250", "7"], ["1.5", "1,5"], ["1.234.567", "1.5"], ["1,234.5", "1 234.5"]],
)
def test_marks_that_can_be_read_in_two_ways_are_not_clear(shaped: Any, values: list[str]) -> None:
    *_, why = decide_marks(marks_of(shaped(*values)))
    assert why


def test_an_answer_settles_what_a_mark_is(shaped: Any) -> None:
    marks = marks_of(shaped("1.250"))
    assert decide_marks(marks, decimal_mark=".") == (".", "", "")
    assert decide_marks(marks, decimal_mark=",") == (",", ".", "")
    assert decide_marks(marks, thousands_mark=".") == (",", ".", "")


@pytest.mark.parametrize("value", ["-5", "5-", "(5)", "-5.5", "(1)"])
def test_a_minus_in_front_or_behind_and_brackets_are_below_0(shaped: Any, value: str) -> None:
    (shape,) = shaped(value)
    assert shape.is_negative and NumberFormat().reads(shape)


@pytest.mark.parametrize(
    ("value", "sign"),
    [
        ("€ 5", "€"),
        ("-$5", "$"),
        ("($5.00)", "$"),
        ("5,00 EUR", "EUR"),
        ("R$ 5", "R$"),
        ("5 kr", "kr"),
    ],
)
def test_currency_signs_are_found_and_taken_off(shaped: Any, value: str, sign: str) -> None:
    (shape,) = shaped(value)
    marks = marks_of([shape])
    assert list(marks.signs) == [sign]
    decimal_mark, thousands_mark, _ = decide_marks(marks)
    assert NumberFormat(decimal_mark, thousands_mark, (sign,)).reads(shape)
    assert not NumberFormat(decimal_mark, thousands_mark).reads(shape)


@pytest.mark.parametrize("value", ["abc", "12 kg", "5%", "1.5E+05", "1-2", "10.30.20", "€5$"])
def test_other_texts_are_no_numbers(shaped: Any, value: str) -> None:
    found = shaped(value)
    assert number_share(found, 1) == 0
    assert not NumberFormat().reads(found[0])
