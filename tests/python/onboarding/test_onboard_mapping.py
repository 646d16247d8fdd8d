"""Which column is what: names first, values in support, questions where both leave two readings."""

from __future__ import annotations

from pathlib import Path

import pytest
from proposals import Look, commands, mapped

from customer_segments.onboarding.names import NAMES, SYNONYMS, normalised, strength
from customer_segments.onboarding.proposal import source_system_of
from customer_segments.onboarding.settings import UsageError

ROWS = "7,2020-01-31,5.50\n8,2020-02-01,6.50\n7,2020-02-02,7.50\n"


def test_each_name_has_synonyms_that_are_normalised_and_mean_one_thing() -> None:
    for names in NAMES.values():
        for place in (0, 1):
            known = [text for name in names for text in SYNONYMS[name][place].split()]
            assert known == [normalised(text) for text in known]
            assert len(known) == len(set(known))


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("customer_id", "Kunden-Nr."),
        ("customer_id", "/user/id"),
        ("amount", "Amount (EUR)"),
        ("currency", "Währung"),
        ("quantity", "Quantité"),
        ("unit_price", "Stückpreis"),
    ],
)
def test_case_marks_accents_and_brackets_do_not_matter(name: str, column: str) -> None:
    assert strength(name, column) is not None


def test_a_clear_name_wins_over_a_vague_one(look: Look) -> None:
    draft = look(
        "user id,Order Date,Ship Date,date,total\n7,2020-01-31,2020-02-01,2020-02-02,5.5\n"
    )
    assert mapped(draft) == {
        "customer_id": "user id",
        "ordered_at": "Order Date",
        "amount": "total",
    }
    assert not draft.questions


def test_two_columns_of_equal_strength_are_a_question(look: Look) -> None:
    lines = "client_id,date,total,amount\n7,2020-01-31,5.5,6.5\n"
    draft = look(lines)
    assert commands(draft) == ["--set amount=total", "--set amount=amount", "--set amount="]
    assert mapped(look(lines, "amount=total"))["amount"] == "total"


def test_values_that_cannot_be_what_the_name_says_are_refused(look: Look) -> None:
    rows = "".join(f"u{i},{i % 9},2020-01-31,x,5.5,{i % 3},maybe\n" for i in range(101))
    draft = look(f"customer_id,user,date,datetime,total,id,returned\n{rows}")
    assert mapped(draft) == {"customer_id": "user", "ordered_at": "date", "amount": "total"}
    assert set(draft.refused) == {"customer_id", "datetime", "id", "returned"}
    assert "no value stands in two rows" in draft.refused["customer_id"]
    assert "only 0% of its values are dates" in draft.refused["datetime"]


def test_in_a_short_file_every_customer_may_stand_once(look: Look) -> None:
    rows = "".join(f"u{i},2020-01-31,5.5\n" for i in range(100))
    assert not look(f"customer_id,date,total\n{rows}").questions
    assert look(f"customer_id,date,total\n{rows}u100,2020-01-31,5.5\n").questions


def test_a_column_of_dates_needs_no_name_where_it_is_the_only_one(look: Look) -> None:
    draft = look(f"client_id,gekauft,total\n{ROWS}")
    assert mapped(draft)["ordered_at"] == "gekauft"
    assert draft.matches["ordered_at"].why == "the only column whose values are dates"
    two = look("client_id,gekauft,geliefert,total\n7,2020-01-31,2020-02-01,5.5\n")
    assert commands(two) == ["--set ordered_at=gekauft", "--set ordered_at=geliefert"]


def test_dates_that_no_format_reads_are_a_question(look: Look) -> None:
    lines = "client_id,date,total\n7,2020w05,5.5\n7,2020w06,5.5\n"
    (question,) = look(lines).questions
    assert "`date` looks like 2020w05, 2020w06." in question.why


def test_a_price_is_the_amount_only_without_a_quantity(look: Look) -> None:
    assert mapped(look(f"client_id,date,price\n{ROWS}"))["amount"] == "price"
    draft = look("client_id,date,price,qty\n7,2020-01-31,5.5,2\n")
    assert mapped(draft)["unit_price"] == "price"
    assert "amount" not in mapped(draft)
    # With an amount, the quantity is for information and the price for nothing.
    draft = look("client_id,date,unit price,qty,total\n7,2020-01-31,5.5,2,11\n")
    assert mapped(draft)["amount"] == "total" and "unit_price" not in mapped(draft)
    assert "amount is mapped" in draft.refused["unit price"]


def test_a_unit_price_without_quantity_is_a_question(look: Look) -> None:
    draft = look(f"client_id,date,unit price\n{ROWS}")
    assert "--set 'amount=unit price'" in commands(draft)


def test_a_total_that_is_repeated_on_each_line_is_a_question(look: Look) -> None:
    rows = "".join(f"7,2020-01-31,{i // 2},{i // 2}.5\n" for i in range(20))
    lines = f"client_id,date,order_id,total\n{rows}"
    (question,) = look(lines).questions
    assert "10 of 10 orders with several rows have one `total` on all" in question.seen
    assert not look(lines, "amount=total").questions


def test_columns_decide_between_orders_and_interactions(look: Look) -> None:
    assert look(f"client_id,date,total\n{ROWS}").kind == "orders"
    assert look("user_id,time,page\n7,2020-01-31,/\n").kind == "interactions"
    # An amount that is none.
    assert look("user_id,time,total\n7,2020-01-31,many\n").kind == "interactions"
    both = "user_id,time,event_type,price\n7,2020-01-31,view,5.5\n"
    assert commands(look(both)) == ["--as orders", "--as interactions"]
    assert not look(both, kind="interactions").questions
    assert not look(both, "occurred_at=time").questions


def test_no_customer_is_a_question_that_offers_what_repeats(look: Look) -> None:
    (question,) = look(
        "a,b,date,total\n1,x,2020-01-31,5\n2,x,2020-02-01,6\n2,y,2020-02-02,6\n"
    ).questions
    assert question.seen == "No column is mapped to customer_id."
    assert [option.command for option in question.options] == [
        "--set customer_id=a",
        "--set customer_id=b",
    ]


def test_an_answer_maps_a_column_once_and_wins(look: Look) -> None:
    draft = look(f"user_id,date,total\n{ROWS}", "order_id=user_id", "customer_id=total", "amount=")
    assert mapped(draft)["customer_id"] == "total"
    assert mapped(draft)["order_id"] == "user_id"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("customer=Client", "Did you mean customer_id?"),
        ("customer_id=Clint", "Did you mean Client?"),
        ("customer_id", "takes KEY=VALUE"),
        ("customer_id=", "cannot be left out"),
        ("decimal_mark=;", "must be one of"),
        ("date_formats=%Q", "date_formats"),
        ("time_zone=Europe/Berln", "Did you mean Europe/Berlin?"),
        ("session_id=Client", "orders have no such column"),
        ("only_currency=EUR", "needs a column that is mapped to currency"),
        ("delimiter=", "must be one character"),
    ],
)
def test_wrong_answers_say_what_would_be_right(look: Look, setting: str, message: str) -> None:
    with pytest.raises(UsageError, match=message.replace("?", r"\?")):
        look(f"Client,date,total\n{ROWS}", "ordered_at=date", setting)


def test_one_column_for_two_names_and_two_amounts_are_wrong_answers(look: Look) -> None:
    lines = f"Client,date,total\n{ROWS}"
    with pytest.raises(UsageError, match="twice: Client"):
        look(lines, "customer_id=Client", "order_id=Client")
    with pytest.raises(UsageError, match="not both"):
        look(lines, "amount=total", "unit_price=Client")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("/a/Global Superstore.csv", "global_superstore"),
        ("/a/orders_*.csv.gz", "orders"),
        ("/a/2020.csv", "shop_2020"),
        ("/a/Bücher.csv", "bucher"),
        ("/a/заказы.csv", "shop"),
        ("/a/online_retail.csv", "online_retail_export"),
    ],
)
def test_the_source_system_is_called_like_the_file(file: str, name: str) -> None:
    assert source_system_of(str(Path(file))) == name
