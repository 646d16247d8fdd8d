"""What follows from a mapping, and the questions that only the user can answer."""

from __future__ import annotations

from pathlib import Path

import duckdb
from proposals import Look, commands

HEADER = "client_id,date,total"
ROWS = "7,2020-01-31,5.50\n8,2020-02-01,6.50\n7,2020-02-02,-7.50\n"


def said(look: Look, lines: str, *settings: str) -> str:
    draft = look(lines, *settings)
    return "\n".join([*draft.notes, *(text for _, text in draft.evidence)])


def test_guests_returns_and_orders_without_id_are_said(look: Look) -> None:
    notes = said(look, f"{HEADER}\n{ROWS},2020-02-02,1.00\n")
    assert "1 row (25.0%) without `client_id`: guests" in notes
    assert "1 row (25.0%) with `total` below 0: returns." in notes
    assert "one order per customer and time stamp" in notes


def test_blank_cells_that_reject_a_row_are_counted(look: Look) -> None:
    notes = said(look, f"order_id,{HEADER}\n1,7,2020-01-31,5.50\n,7,2020-01-31,5.50\n")
    assert "1 row (50.0%) without `order_id`, which will be rejected." in notes


def test_texts_for_nothing_become_null_values(look: Look) -> None:
    rows = "".join(f"{i % 9},2020-01-31,1.5,NA\n" for i in range(40))
    draft = look(f"{HEADER},country\n{rows}NULL,-,N/A,NULL\n")
    # NA stands for Namibia where it is a country.
    assert draft.formats["null_values"] == ["-", "N/A", "NULL"]
    assert "null_values" not in look(f"{HEADER}\n{ROWS}").formats


def test_an_id_that_may_stand_for_guests_is_a_question(look: Look) -> None:
    rows = "".join(f"{i if i % 2 else 0},2020-01-31,5.5\n" for i in range(20))
    lines = f"{HEADER}\n{rows}"
    assert commands(look(lines)) == ["--set null_values=0", "--set null_values="]
    assert not look(lines, "null_values=").questions
    # An id 0 with as many rows as others is a customer.
    assert not look(f"{HEADER}\n0,2020-01-31,5.5\n1,2020-01-31,5.5\n").questions


def test_ids_of_floating_point_and_look_alikes_are_noted(look: Look, tmp_path: Path) -> None:
    assert "end in .0, such as 7.0" in said(look, f"{HEADER}\n7.0,2020-01-31,5.5\n")
    assert ".0" not in said(look, f"{HEADER}\n7.0,2020-01-31,5.5\nA,2020-01-31,5.5\n")
    notes = said(look, f"{HEADER}\n07,2020-01-31,5.5\n7,2020-01-31,5.5\n8,2020-01-31,5.5\n")
    assert "1 group of ids that differ" in notes and "'07' and '7'" in notes
    path = tmp_path / "shop.parquet"
    duckdb.sql(
        "select 7::double as client_id, date '2020-01-31' as day, 5.5 as total"
    ).write_parquet(str(path))
    assert "floating point" in "".join(look(path).notes)


def test_a_status_is_a_question_until_it_is_answered(look: Look) -> None:
    lines = f"{HEADER},status\n7,2020-01-31,5.5,paid\n7,2020-01-31,5.5,cancelled\n"
    (question,) = look(lines).questions
    assert "cancelled (1), paid (1)" in question.seen
    draft = look(lines, "ignored_statuses=")
    assert not draft.questions and draft.ordered_formats == {"ignored_statuses": []}
    notes = said(look, lines, "ignored_statuses=canceled")
    assert "No row has the status 'canceled'. Did you mean cancelled?" in notes


def test_several_currencies_are_a_question(look: Look) -> None:
    lines = f"{HEADER},currency\n7,2020-01-31,5.5,EUR\n7,2020-01-31,5.5,eur\n7,2020-01-31,5.5,USD\n"
    assert "--set only_currency=EUR" in commands(look(lines))
    assert not look(lines, "only_currency=EUR").questions
    assert not look(f"{HEADER},currency\n7,2020-01-31,5.5,EUR\n7,2020-01-31,5.5,eur\n").questions


def test_an_exchange_rate_is_used_only_when_it_is_said(look: Look) -> None:
    lines = f"{HEADER},fx rate\n7,2020-01-31,5.5,1.1\n"
    assert commands(look(lines)) == ["--set 'exchange_rate=fx rate'", "--set exchange_rate="]
    assert not look(lines, "exchange_rate=fx rate").questions


def test_currency_signs_are_proposed_when_there_is_one(look: Look) -> None:
    draft = look(f"{HEADER}\n7,2020-01-31,€5.50\n7,2020-01-31,6.50 €\n")
    assert draft.formats["currency_signs"] == ["€"]
    draft = look(f"{HEADER}\n7,2020-01-31,€5.50\n7,2020-01-31,$6.50\n")
    assert "--set 'currency_signs=$|€'" in commands(draft)


def test_marks_and_orders_of_dates_that_are_not_clear_are_questions(look: Look) -> None:
    lines = f"{HEADER}\n7,1/2/2020,1.250\n"
    assert commands(look(lines)) == [
        "--set date_formats=%d/%m/%Y",
        "--set date_formats=%m/%d/%Y",
        "--set decimal_mark=.",
        "--set thousands_mark=.",
    ]
    answered = look(lines, "date_formats=%m/%d/%Y", "thousands_mark=.")
    assert not answered.questions
    assert answered.ordered_formats == {
        "date_formats": ["%m/%d/%Y"],
        "decimal_mark": ",",
        "thousands_mark": ".",
    }


def test_values_that_will_be_rejected_are_counted_with_samples(look: Look) -> None:
    rows = "".join(f"{i % 9},2020-01-31,1.5\n" for i in range(40))
    evidence = said(look, f"{HEADER}\n{rows}7,soon,12 kg\n")
    assert "40 of 41 values of `date`" in evidence
    assert "1 value that read as no date will be rejected, such as soon" in evidence
    assert "1 value of `total` with no number, which will be rejected, such as 12 kg" in evidence


def test_moments_need_a_time_zone(look: Look, tmp_path: Path) -> None:
    lines = "user_id,time,page\n7,2020-01-31T10:00:00Z,/\n"
    assert commands(look(lines)) == ["--set time_zone=Europe/Berlin", "--set time_zone=UTC"]
    draft = look(lines, "time_zone=Europe/Berlin")
    assert not draft.questions and draft.ordered_formats == {"time_zone": "Europe/Berlin"}
    path = tmp_path / "shop.parquet"
    duckdb.sql("select 'A' as user_id, timestamptz '2020-01-31 10:00Z' as ts").write_parquet(
        str(path)
    )
    assert "TIMESTAMP WITH TIME ZONE" in look(path).questions[0].seen


def test_events_are_listed_and_a_type_with_many_values_is_a_question(look: Look) -> None:
    notes = said(look, "user_id,time,event\n7,2020-01-31,view\n7,2020-01-31,click\n")
    assert "`event` has click (1), view (1)" in notes and "--set 'click_types=A|B'" in notes
    assert "a session ends after 30 minutes" in notes
    rows = "".join(f"7,2020-01-31,/page/{i}\n" for i in range(1_001))
    draft = look(f"user_id,time,action\n{rows}")
    assert "--set event_type= --set item=action" in commands(draft)
