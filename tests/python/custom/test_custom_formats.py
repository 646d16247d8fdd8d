"""Numbers, flags and dates of custom sources are read as written, or rejected; never bent."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from builds import Builder, Warehouse
from custom_data import MARTS, ORDERS, Businesses, totals

# Of each business: its settings, and what each cell is worth; a word is a reason for rejection.
EURO = {"decimal_mark": ",", "thousands_mark": ".", "currency_signs": ["€", "EUR"]}
NUMBERS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "n_plain": (
        {},
        {
            "5": "5",
            "-5": "-5",
            "+5": "5",
            "5-": "-5",
            "(5)": "-5",
            "  5.25 ": "5.25",
            "\u00a05\u00a0": "5",
            "5.": "5",
            ".5": "0.5",
            "-.5": "-0.5",
            "007": "7",
            "0.00001": "0.00001",
            "1234567890123": "1234567890123",
            # Not numbers, or not in this format: never scaled.
            "1,5": "invalid_number",
            "1,234": "invalid_number",
            "1,234.50": "invalid_number",
            "1 234": "invalid_number",
            "1'234": "invalid_number",
            "1e3": "invalid_number",
            "0x10": "invalid_number",
            "1_000": "invalid_number",
            "5%": "invalid_number",
            "$5": "invalid_number",
            "5 EUR": "invalid_number",
            "(-5)": "invalid_number",
            "-5-": "invalid_number",
            "--5": "invalid_number",
            "(5": "invalid_number",
            "5)": "invalid_number",
            ".": "invalid_number",
            "-": "invalid_number",
            "1.2.3": "invalid_number",
            "NaN": "invalid_number",
            "inf": "invalid_number",
            "٣": "invalid_number",
            "n/a": "invalid_number",
            "12345678901234": "invalid_number",
            "0": "no_price",
            "-0.00": "no_price",
            "": "missing_value",
            "   ": "missing_value",
        },
    ),
    "n_comma": (
        {"decimal_mark": ","},
        {
            "1234,5": "1234.5",
            "-0,05": "-0.05",
            "(1,5)": "-1.5",
            "1.5": "invalid_number",
            "1.234": "invalid_number",
            "1.234,5": "invalid_number",
            "1,234,5": "invalid_number",
        },
    ),
    "n_euro": (
        EURO,
        {
            "5€50": "invalid_number",
            "1.234,50\u00a0€": "1234.5",
            "€\u00a05": "5",
            "-5\u00a0€": "-5",
            "1€2": "invalid_number",
            "1.234,50": "1234.5",
            "1.234.567,8": "1234567.8",
            "1234567,8": "1234567.8",
            "123.456": "123456",
            "1.234,50 €": "1234.5",
            "€ 1.234,50": "1234.5",
            "€1.234,50": "1234.5",
            "EUR 5": "5",
            "5EUR": "5",
            "-€5": "-5",
            "€-5": "-5",
            "€ -5": "-5",
            "- €5": "-5",
            "-5 €": "-5",
            "5- €": "-5",
            "€ 5-": "-5",
            "(€5)": "-5",
            "€(5)": "-5",
            "(5 €)": "-5",
            "5": "5",
            # The decimal mark of somebody else is a thousands mark that groups badly.
            "1.5": "invalid_number",
            "12.34": "invalid_number",
            "1.2345": "invalid_number",
            "1234.567": "invalid_number",
            "1.23.456": "invalid_number",
            ".123": "invalid_number",
            "1,234.50": "invalid_number",
            "$5": "invalid_number",
            "5 USD": "invalid_number",
            "€": "invalid_number",
            "1 234": "invalid_number",
        },
    ),
    "n_dollar": (
        {"thousands_mark": ",", "currency_signs": ["$", "USD", "it's"]},
        {
            "$1,234.50": "1234.5",
            "USD 1,234,567": "1234567",
            "it's 5": "5",
            "1.5": "1.5",
            "1,5": "invalid_number",
            "1.234,50": "invalid_number",
            "12,34.5": "invalid_number",
            "1234,567": "invalid_number",
            "€5": "invalid_number",
        },
    ),
    "n_blank": (
        {"decimal_mark": ",", "thousands_mark": " "},
        {
            "1\u2009234,5": "1234.5",
            "1\u2007234,5": "1234.5",
            "1 234,5": "1234.5",
            "1\u00a0234,5": "1234.5",
            "1\u202f234,5": "1234.5",
            "-1 234 567": "-1234567",
            "1 234-": "-1234",
            "(1 234)": "-1234",
            "12 34": "invalid_number",
            "1 2345": "invalid_number",
            "1.234": "invalid_number",
        },
    ),
    "n_apostrophe": (
        {"thousands_mark": "'"},
        {
            "1'234.50": "1234.5",
            "1'234'567": "1234567",
            "12'34": "invalid_number",
            "'123": "invalid_number",
            "1,234": "invalid_number",
        },
    ),
    "n_krona": (
        {"currency_signs": ["kr", "kr."]},
        {"kr 5": "5", "5 kr": "5", "5 kr.": "5", "kr.5": "5", "5k": "invalid_number"},
    ),
    "n_nothing": (
        {"null_values": ["NULL", "n/a", "-", "it's none"]},
        {
            "NULL": "missing_value",
            " n/a ": "missing_value",
            "-": "missing_value",
            "it's none": "missing_value",
            "5": "5",
            "null": "invalid_number",
        },
    ),
}
BERLIN = {"time_zone": "Europe/Berlin"}
DATES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "d_iso": (
        {},
        {
            "2023-05-06T10:11:12.1234567": "2023-05-06 10:11:12.123456",
            "2023-05-06 10:11:12.123456789": "2023-05-06 10:11:12.123456",
            "2023-05-06 10:11:12,5": "2023-05-06 10:11:12.5",
            "20230506": "2023-05-06 00:00:00",
            # To ISO 8601 the 56th day of the year, to a parser of eight digits the 6th of May.
            "2023056": "invalid_date",
            "2023-05-06": "2023-05-06 00:00:00",
            " 2023-05-06 ": "2023-05-06 00:00:00",
            "2023-05-06 10:11": "2023-05-06 10:11:00",
            "2023-05-06T10:11": "2023-05-06 10:11:00",
            "2023-05-06 10:11:12": "2023-05-06 10:11:12",
            "2023-05-06T10:11:12": "2023-05-06 10:11:12",
            "2023-05-06 10:11:12.5": "2023-05-06 10:11:12.5",
            "2023-05-06T10:11:12.123456": "2023-05-06 10:11:12.123456",
            "2024-02-29": "2024-02-29 00:00:00",
            "2023-02-29": "invalid_date",
            "2023-02-30": "invalid_date",
            "2023-13-01": "invalid_date",
            "2023-05-06 24:00:01": "invalid_date",
            "2023-05-06 10:61": "invalid_date",
            "06/05/2023": "invalid_date",
            "06.05.2023": "invalid_date",
            "45052": "invalid_date",
            "202305": "invalid_date",
            "230506": "invalid_date",
            "yesterday": "invalid_date",
            "0001-01-01": "implausible_date",
            "1969-12-31": "implausible_date",
            "9999-12-31": "implausible_date",
            "": "missing_value",
            "2023-05-06T10:11:12Z": "no_time_zone",
            "2023-05-06 10:11:12 UTC": "no_time_zone",
            "2023-05-06T10:11:12+02:00": "no_time_zone",
            "2023-05-06 10:11:12.5-0500": "no_time_zone",
            "2023-05-06 10:11+02": "no_time_zone",
        },
    ),
    "d_day_first": (
        {"date_formats": ["%d/%m/%Y"]},
        {
            "05/06/2023": "2023-06-05 00:00:00",
            "5/6/2023": "2023-06-05 00:00:00",
            "31/12/2023": "2023-12-31 00:00:00",
            "12/31/2023": "invalid_date",
            "31/02/2023": "invalid_date",
            "2023-06-05": "invalid_date",
            "05/06/2023 10:00": "invalid_date",
        },
    ),
    "d_month_first": (
        {"date_formats": ["%m/%d/%Y %I:%M %p", "%m/%d/%Y"]},
        {
            "05/06/2023": "2023-05-06 00:00:00",
            "5/6/2023 1:02 PM": "2023-05-06 13:02:00",
            "5/6/2023 12:00 AM": "2023-05-06 00:00:00",
            "5/6/2023 12:00 PM": "2023-05-06 12:00:00",
            "12/31/2023 11:59 pm": "2023-12-31 23:59:00",
            "5/6/2023 13:00 PM": "invalid_date",
            "31/12/2023": "invalid_date",
        },
    ),
    "d_two_digits": (
        {"date_formats": ["%d.%m.%y"]},
        {
            "05.06.23": "2023-06-05 00:00:00",
            "05.06.70": "1970-06-05 00:00:00",
            "05.06.68": "2068-06-05 00:00:00",
            "05.06.69": "implausible_date",
            "05.06.2023": "invalid_date",
        },
    ),
    "d_mixed": (
        {"date_formats": ["%d.%m.%Y", "%Y%m%d", "%d %b %Y", "%d.%m.%Y %H:%M:%S.%f"]},
        {
            "05.06.2023": "2023-06-05 00:00:00",
            "20230605": "2023-06-05 00:00:00",
            "5 Jun 2023": "2023-06-05 00:00:00",
            "05 JUN 2023": "2023-06-05 00:00:00",
            "05.06.2023 10:11:12.25": "2023-06-05 10:11:12.25",
            "2023-06-05": "invalid_date",
        },
    ),
    # The business counts its days in Berlin.
    "d_berlin": (
        BERLIN,
        {
            "2023-02-30T10:00:00Z": "invalid_date",
            "2023-05-06T23:30:00.1234567Z": "2023-05-07 01:30:00.123456",
            "2023-05-06 23:30:00 +0000": "2023-05-07 01:30:00",
            "2023-05-06": "2023-05-06 00:00:00",
            "2023-05-06 23:30:00": "2023-05-06 23:30:00",
            "2023-05-06T23:30:00Z": "2023-05-07 01:30:00",
            "2023-05-06T23:30Z": "2023-05-07 01:30:00",
            "2023-01-06T23:30:00Z": "2023-01-07 00:30:00",
            "2023-01-06T22:59:59Z": "2023-01-06 23:59:59",
            "2023-05-06 23:30:00 UTC": "2023-05-07 01:30:00",
            "2023-05-06 23:30:00+00": "2023-05-07 01:30:00",
            "2023-05-06T23:30:00.5+0000": "2023-05-07 01:30:00.5",
            "2023-05-06T23:30:00-05:30": "2023-05-07 07:00:00",
            "2023-05-06T23:30:00+02:00": "2023-05-06 23:30:00",
            "2023-05-07T00:30:00+05:30": "2023-05-06 21:00:00",
            "2069-12-31T23:30:00Z": "implausible_date",
            # The hour that the clock skips and the one that it repeats.
            "2023-03-26 02:30:00": "2023-03-26 02:30:00",
            "2023-10-29 02:30:00": "2023-10-29 02:30:00",
            "2023-10-29T00:30:00Z": "2023-10-29 02:30:00",
            "2023-10-29T01:30:00Z": "2023-10-29 02:30:00",
            "2023-02-29 25:00:00Z": "invalid_date",
            "2023-13-01T10:00:00Z": "invalid_date",
        },
    ),
    "d_new_york": (
        {"time_zone": "America/New_York", "timestamps_in": "UTC"},
        {
            "2023-05-06": "2023-05-06 00:00:00",
            "2023-05-06 02:30:00": "2023-05-05 22:30:00",
            "2023-01-06 04:59:59": "2023-01-05 23:59:59",
            "2023-01-06 05:00:00": "2023-01-06 00:00:00",
            "2023-05-06T02:30:00+02:00": "2023-05-05 20:30:00",
        },
    ),
    "d_offset": (
        BERLIN | {"date_formats": ["%d/%m/%Y %H:%M:%S %z", "%d/%m/%Y %H:%M:%S%z", "%d/%m/%Y"]},
        {
            "06/05/2023 23:30:00 +0000": "2023-05-07 01:30:00",
            "06/05/2023 23:30:00 -01:00": "2023-05-07 02:30:00",
            "06/05/2023 23:30:00+0000": "2023-05-07 01:30:00",
            "06/05/2023 23:30:00Z": "2023-05-07 01:30:00",
            "06/05/2023": "2023-05-06 00:00:00",
            "2023-05-06T23:30:00Z": "invalid_date",
        },
    ),
    "d_seconds": (
        BERLIN | {"date_formats": ["epoch_s"]},
        {
            "1683415800": "2023-05-07 01:30:00",
            "1683415800.5": "2023-05-07 01:30:00.5",
            "0": "1970-01-01 01:00:00",
            # Milliseconds.
            "1683415800000": "implausible_date",
            "99999999999999": "invalid_date",
            "2023-05-07": "invalid_date",
        },
    ),
    "d_milliseconds": (
        BERLIN | {"date_formats": ["epoch_ms", "%Y-%m-%d"]},
        {
            "1683415800000": "2023-05-07 01:30:00",
            "1683415800250": "2023-05-07 01:30:00.25",
            "2023-05-07": "2023-05-07 00:00:00",
            "1.683e12": "invalid_date",
        },
    ),
    "d_offset_apart": (
        BERLIN | {"date_formats": ["%d/%m/%Y %H:%M:%S %z"]},
        {
            "06/05/2023 23:30:00 +0000": "2023-05-07 01:30:00",
            "06/05/2023 23:30:00 Z": "2023-05-07 01:30:00",
        },
    ),
    # The offset stands before the year, or in brackets.
    "d_offset_within": (
        BERLIN | {"date_formats": ["%d %b %H:%M:%S %z %Y", "[%d/%b/%Y:%H:%M:%S %z]", "%d.%m.%Y"]},
        {
            "06.05.2023": "2023-05-06 00:00:00",
            "06 May 23:30:00 +0000 2023": "2023-05-07 01:30:00",
            "[06/May/2023:23:30:00 -0100]": "2023-05-07 02:30:00",
        },
    ),
    "d_years": (
        {"date_formats": ["%d.%m.%Y", "%d.%m.%y"]},
        {"05.06.2023": "2023-06-05 00:00:00", "05.06.23": "2023-06-05 00:00:00"},
    ),
    "d_nothing": (
        {"null_values": ["0000-00-00"]},
        {"0000-00-00": "missing_value", "2023-05-06": "2023-05-06 00:00:00"},
    ),
}
FLAGS = {
    **dict.fromkeys(["true", "TRUE", "True", "yes", "Yes", "1", " yes "], "return"),
    **dict.fromkeys(["false", "FALSE", "no", "No", "0", "", "  "], "purchase"),
    **dict.fromkeys(["2", "-1", "maybe", "ja"], "invalid_flag"),
}


# --- One row per cell -----------------------------------------------------------------------------

CELLS = {name: cells for name, (_, cells) in (NUMBERS | DATES).items()} | {"flags": FLAGS}
TESTED = {"n": "amount", "d": "ordered_at", "f": "is_return"}


@pytest.fixture(scope="module")
def built(build: Builder) -> Warehouse:
    """Each cell stands in a row of its own, whose customer it is."""
    shops = Businesses(build.folder / "custom_formats")
    for system, cells in CELLS.items():
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["id", "cell", "day", "total"])
        writer.writerows([f"<{cell}>", cell, "2023-05-06", "5"] for cell in cells)
        settings = (NUMBERS | DATES).get(system, ({}, {}))[0]
        columns = ORDERS | {TESTED[system[0]]: "cell"}
        shops.orders(system, text.getvalue().splitlines(), columns=columns, **settings)
    return shops.build(build, "custom_formats", select=MARTS)


Read = dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def read(built: Warehouse) -> Read:
    """What each cell of a business was read as, in the words of the tables above."""
    found = {}
    for system, customer, ordered_at, amount, reason in built.query(
        "select source_system, customer_id, ordered_at, line_amount, rejection_reason"
        " from staging.stg_custom__orders"
    ):
        if reason:
            value = reason
        elif system == "flags":
            value = {-5: "return", 5: "purchase"}[amount]
        elif system in NUMBERS:
            value = f"{amount:f}".rstrip("0").rstrip(".")
        else:
            value = ordered_at.isoformat(" ")
            value = value.rstrip("0") if "." in value else value
        found[system, customer[1:-1]] = value
    return found


@pytest.mark.parametrize("system", CELLS)
def test_a_cell_is_read_as_written_or_rejected(read: Read, system: str) -> None:
    assert {cell: read[system, cell] for cell in CELLS[system]} == CELLS[system]


def test_what_is_read_is_what_the_customer_spent_on_that_day(built: Warehouse) -> None:
    expected = {
        (system, f"<{cell}>"): (Decimal(value), date(2023, 5, 6))
        if system in NUMBERS
        else (Decimal(5), date.fromisoformat(value[:10]))
        for system, cells in CELLS.items()
        for cell, value in cells.items()
        if not value[0].isalpha()
    }
    found = {
        (system, customer): tuple(rest)
        for system, customer, *rest in built.query(
            "select source_system, customer_id, net_amount, first_active_date"
            " from marts.customer_monetary"
            " inner join marts.customer_recency using (source_system, customer_id)"
        )
    }
    assert {key: found[key] for key in expected} == expected
    # Whoever only got something for nothing is a customer; whoever cannot be read is none.
    known = {(system, f"<{cell}>") for system, cells in CELLS.items() for cell in cells}
    assert {found[key] for key in known & found.keys() - expected.keys() if key[0] != "flags"} == {
        (0, None)
    }


def test_what_cannot_be_read_is_kept_and_the_totals_add_up(built: Warehouse) -> None:
    for system in CELLS.keys() - {"flags"}:
        expected = Counter(value for value in CELLS[system].values() if value[0].isalpha())
        found = Counter(
            reason
            for (reason,) in built.query(
                "select rejection_reason from marts.rejected_rows where source_system = ?", [system]
            )
        )
        assert found == expected
        count, bad = len(CELLS[system]), expected.total()
        assert totals(built, system) == (count, count - bad, 0, 0, bad)
    assert built.query("select * from marts.control_totals where difference <> 0") == []
