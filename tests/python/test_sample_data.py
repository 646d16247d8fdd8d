"""The committed sample equals its generator and has every quirk that it promises.

The quirks are those that the publishers' files really have; a model that survives the sample
should survive them.
"""

from __future__ import annotations

import csv
import gzip
import math
from collections import Counter, defaultdict
from datetime import date, datetime
from functools import cache
from pathlib import Path

import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score

from customer_segments.sample_data import global_superstore
from customer_segments.sample_data.__main__ import main
from customer_segments.sample_data.common import Settings

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_data"
TRUTH = ROOT / "tests" / "fixtures" / "planted_groups.csv"

Rows = list[dict[str, str]]


def content(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def data_files(folder: Path) -> dict[str, Path]:
    paths = (path for path in folder.rglob("*") if path.suffix in (".csv", ".gz"))
    return {path.relative_to(folder).as_posix(): path for path in paths}


@cache
def read(name: str, folder: Path = SAMPLE) -> Rows:
    text = content(folder / name).decode("utf-8")
    lines = text.splitlines(keepends=True)
    if ".tsv" in name:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return list(csv.DictReader(lines, delimiter=";" if name.startswith("berka") else ","))


@cache
def truth(path: Path = TRUTH) -> dict[tuple[str, str], str]:
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["source_system"], row["customer_id"]): row["group"] for row in csv.DictReader(file)
        }


def retail(folder: Path = SAMPLE) -> Rows:
    return read("online_retail/online_retail.csv.gz", folder)


def superstore(folder: Path = SAMPLE) -> Rows:
    return read("global_superstore/global_superstore.csv", folder)


def transactions() -> Rows:
    return read("berka/trans_1993_1994.csv.gz") + read("berka/trans_1995.csv.gz")


def superstore_date(text: str) -> date:
    return datetime.strptime(text, "%d-%m-%Y" if "-" in text else "%d/%m/%Y").date()


def bank_date(text: str) -> date:
    return datetime.strptime(text[:6], "%y%m%d").date()


@pytest.fixture(scope="module")
def generate(tmp_path_factory):
    """Run the command line once per set of options; return its folder."""

    @cache
    def run(*options: str) -> Path:
        folder = tmp_path_factory.mktemp("sample")
        assert main(["--out", str(folder), "--truth", str(folder / "truth"), *options]) == 0
        return folder

    return run


# --- the files ------------------------------------------------------------------------------


def test_sample_equals_its_generator(generate):
    folder = generate()
    made, committed = data_files(folder), data_files(SAMPLE)
    assert made.keys() == committed.keys()
    for name, path in made.items():
        # other zlib builds may pack the same content into other bytes
        assert content(path) == content(committed[name]), name
    assert (folder / "truth").read_bytes() == TRUTH.read_bytes()


def test_sample_is_small_and_packed_without_a_name_or_a_time():
    sizes = {name: path.stat().st_size for name, path in data_files(SAMPLE).items()}
    assert sum(sizes.values()) <= 3_000_000
    assert max(sizes.values()) <= 1_000_000
    for name, path in data_files(SAMPLE).items():
        if name.endswith(".gz"):
            assert path.read_bytes()[3:8] == bytes(5)  # flags and modification time


@pytest.mark.parametrize(
    ("name", "header", "line_end"),
    [
        ("online_retail/online_retail.csv.gz", "InvoiceNo,StockCode,", b"\n"),
        ("global_superstore/global_superstore.csv", "Row ID,Order ID,", b"\r\n"),
        ("berka/trans_1995.csv.gz", '"trans_id";"account_id";"date";', b"\r\n"),
        ("berka/district.csv", "A1;A2;A3;", b"\r\n"),
        ("credit_card/cc_general.csv", "CUST_ID,BALANCE,", b"\r\n"),
        ("avito/SearchInfo.tsv.gz", "SearchID\tSearchDate\t", b"\n"),
    ],
)
def test_header_and_line_ends_are_the_publishers(name, header, line_end):
    data = content(SAMPLE / name)
    assert data.decode("utf-8").startswith(header)
    assert data.count(b"\n") == data.count(line_end)
    assert data.count(b"\r") == (data.count(b"\n") if line_end == b"\r\n" else 0)
    assert data.endswith(line_end)


def test_truth_is_sorted_and_covers_exactly_the_customers():
    lines = TRUTH.read_text(encoding="utf-8").splitlines()[1:]
    assert [line.split(",")[:2] for line in lines] == sorted(line.split(",")[:2] for line in lines)
    customers = {("online_retail", row["CustomerID"]) for row in retail() if row["CustomerID"]}
    customers |= {("superstore", row["Customer ID"]) for row in superstore()}
    customers |= {("bank", row["account_id"]) for row in transactions()}
    customers |= {("credit_card", row["CUST_ID"]) for row in read("credit_card/cc_general.csv")}
    customers |= {
        ("ad_clicks", row["UserID"]) for row in read("avito/SearchInfo.tsv.gz") if row["UserID"]
    }
    assert customers == truth().keys()


def test_raw_files_do_not_name_the_groups():
    groups = set(truth().values())
    assert len(groups) > 15
    for name, path in data_files(SAMPLE).items():
        text = content(path).decode("utf-8").lower()
        assert not [group for group in groups if group in text], name


# --- the options ----------------------------------------------------------------------------


def test_separation_keeps_the_membership_and_changes_the_behaviour(generate):
    weak = generate("--separation", "weak")
    assert (weak / "truth").read_bytes() == TRUTH.read_bytes()
    same = {name for name in data_files(weak) if content(weak / name) == content(SAMPLE / name)}
    assert {"berka/account.csv", "berka/disp.csv", "berka/district.csv"} <= same
    assert all(name.startswith("berka/") and "trans" not in name for name in same)


def test_separation_is_what_makes_the_groups_findable(tmp_path):
    found = {}
    for separation in ("clear", "moderate", "weak"):
        folder = tmp_path / separation
        global_superstore.write(folder, Settings(separation=separation))
        values: dict[str, list[float]] = {}
        orders: dict[str, set[str]] = defaultdict(set)
        for row in superstore(folder):
            customer = row["Customer ID"]
            orders[customer].add(row["Order ID"])
            recency = (date(2015, 1, 1) - superstore_date(row["Order Date"])).days
            before = values.get(customer, [recency, 0, 0])
            amount = before[2] + float(row["Sales"])
            values[customer] = [min(before[0], recency), len(orders[customer]), amount]
        kept = sorted(key for key in values if truth()["superstore", key] != "quirk")
        points = [[math.log1p(value) for value in values[key]] for key in kept]
        labels = KMeans(5, n_init=5, random_state=0).fit_predict(points)
        planted = [truth()["superstore", key] for key in kept]
        found[separation] = adjusted_rand_score(planted, labels)
    assert found["clear"] > 0.8
    assert found["clear"] > found["moderate"] > found["weak"]
    assert found["weak"] < 0.7


def test_scale_multiplies_the_customers(generate):
    twice = generate("--scale", "2")
    systems = Counter(system for system, _ in truth())
    assert Counter(system for system, _ in truth(twice / "truth")) == {
        system: 2 * count for system, count in systems.items()
    }
    assert 1.7 < len(retail(twice)) / len(retail()) < 2.3


def test_seed_changes_the_rows(generate):
    other = generate("--seed", "1")
    assert content(other / "credit_card/cc_general.csv") != content(
        SAMPLE / "credit_card/cc_general.csv"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--scale", "0"], "a whole number from 1 to 500"),
        (["--scale", "1.5"], "a whole number from 1 to 500"),
        (["--separation", "none"], "invalid choice"),
        (["--seed", "x"], "invalid int value"),
        (["--out", __file__], "cannot write"),
    ],
)
def test_bad_arguments_are_named(options, message, capsys):
    with pytest.raises(SystemExit) as stop:
        main(options)
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


# --- online_retail --------------------------------------------------------------------------


def test_retail_period_and_guests():
    days = sorted(row["InvoiceDate"] for row in retail())
    assert days[0].startswith("2010-12-01") and days[-1].startswith("2011-12-09")
    guests = [row for row in retail() if not row["CustomerID"]]
    assert 0.15 < len(guests) / len(retail()) < 0.28
    assert any(row["InvoiceNo"].startswith("C") for row in guests)
    assert all(int(row["Quantity"]) != 0 for row in retail())


def test_retail_cancellations_match_in_full_in_part_or_not_at_all():
    bought: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in retail():
        if row["CustomerID"] and int(row["Quantity"]) > 0:
            bought[row["CustomerID"], row["StockCode"]].append(int(row["Quantity"]))
    kinds = Counter()
    for row in retail():
        if row["InvoiceNo"].startswith("C"):
            assert int(row["Quantity"]) < 0
            if row["CustomerID"]:
                quantities = bought.get((row["CustomerID"], row["StockCode"]), [])
                back = -int(row["Quantity"])
                match = "full" if back in quantities else "part"
                kinds[match if quantities and back <= max(quantities) else "none"] += 1
    assert min(kinds["full"], kinds["part"], kinds["none"]) >= 5


def test_retail_bad_debt_invoices():
    adjusted = [row for row in retail() if row["InvoiceNo"].startswith("A")]
    assert [float(row["UnitPrice"]) > 0 for row in adjusted] == [True, False, False]
    assert {row["Description"] for row in adjusted} == {"Adjust bad debt"}
    assert not any(row["CustomerID"] for row in adjusted)
    assert sum(float(row["UnitPrice"]) < 0 for row in retail()) == 2


def test_retail_lines_without_a_price():
    free = [row for row in retail() if row["UnitPrice"] == "0"]
    written_off = [row for row in free if int(row["Quantity"]) < 0]
    assert written_off and not any(row["CustomerID"] for row in written_off)
    assert any(not row["Description"] for row in written_off)
    assert any(row["Description"] for row in written_off)
    assert {bool(row["CustomerID"]) for row in free if int(row["Quantity"]) > 0} == {True, False}


def test_retail_duplicates_codes_and_descriptions():
    counts = Counter(tuple(row.values()) for row in retail())
    assert sum(count - 1 for count in counts.values()) >= 50
    signs = defaultdict(set)
    for row in retail():
        signs[row["StockCode"]].add(int(row["Quantity"]) > 0)
    for code in ("POST", "M", "C2", "DOT", "BANK CHARGES", "AMAZONFEE", "S"):
        assert signs[code] == {True, False}, code
    assert signs["D"] == signs["CRUK"] == {False}
    assert signs["gift_0001_20"] == {True}
    assert sum(code.upper() in signs for code in signs if code != code.upper()) >= 10
    descriptions = {row["Description"] for row in retail()}
    for found in (
        any("," in text for text in descriptions),
        any('"' in text for text in descriptions),
        any(text.startswith(" ") for text in descriptions),
        any(text.endswith(" ") for text in descriptions),
        any(not text.isascii() for text in descriptions),
        "" in descriptions,
    ):
        assert found


def test_retail_countries_and_time_stamps():
    countries = defaultdict(set)
    stamps = defaultdict(set)
    invoices = defaultdict(set)
    for row in retail():
        stamps[row["InvoiceNo"]].add(row["InvoiceDate"])
        if row["CustomerID"]:
            countries[row["CustomerID"]].add(row["Country"])
            if not row["InvoiceNo"].startswith("C"):
                day = row["InvoiceDate"][:10]
                invoices[row["CustomerID"], day].add(row["InvoiceNo"])
    assert sum(len(names) == 2 for names in countries.values()) >= 2
    assert {"Unspecified", "European Community"} <= set().union(*countries.values())
    assert sum(len(times) == 2 for times in stamps.values()) >= 2
    assert sum(len(numbers) >= 2 for numbers in invoices.values()) >= 5


def test_retail_customers_with_returns_only_nothing_left_or_one_order():
    orders = defaultdict(set)
    mills = Counter()
    for row in retail():
        customer = row["CustomerID"]
        if customer:
            quantity, price = int(row["Quantity"]), round(float(row["UnitPrice"]) * 1000)
            mills[customer] += quantity * price
            if quantity > 0:
                orders[customer].add(row["InvoiceNo"])
    returns_only = [customer for customer in mills if customer not in orders]
    paid = [customer for customer in orders if mills[customer] == 0]
    assert len(returns_only) >= 4
    assert len(paid) >= 3
    assert {truth()["online_retail", customer] for customer in returns_only + paid} == {"quirk"}
    assert sum(len(numbers) == 1 for numbers in orders.values()) >= 50


# --- superstore -----------------------------------------------------------------------------


def test_superstore_dates_have_two_spellings_and_ship_within_a_week():
    for row in superstore():
        for column in ("Order Date", "Ship Date"):
            day = superstore_date(row[column])
            expected = f"{day.day}/{day.month}/{day.year}"
            assert row[column] == (expected if day.day <= 12 else f"{day:%d-%m-%Y}")
    delays = {
        (superstore_date(row["Ship Date"]) - superstore_date(row["Order Date"])).days
        for row in superstore()
    }
    assert delays == set(range(8))
    ordered = [superstore_date(row["Order Date"]) for row in superstore()]
    assert (min(ordered), max(ordered)) == (date(2011, 1, 1), date(2014, 12, 31))
    assert max(superstore_date(row["Ship Date"]) for row in superstore()).year == 2015


def test_superstore_keys_are_no_keys():
    customers = defaultdict(set)
    dates = defaultdict(set)
    ids = defaultdict(set)
    for row in superstore():
        customers[row["Order ID"]].add(row["Customer ID"])
        dates[row["Order ID"], row["Customer ID"]].add(row["Order Date"])
        ids[row["Customer Name"]].add(row["Customer ID"])
    assert sum(len(names) == 2 for names in customers.values()) >= 5
    assert sum(len(days) == 2 for days in dates.values()) == 1
    assert {len(numbers) for numbers in ids.values()} == {2}
    row_ids = sorted(int(row["Row ID"]) for row in superstore())
    assert row_ids == list(range(1, len(row_ids) + 1))


def test_superstore_values():
    assert all(bool(row["Postal Code"]) == (row["Market"] == "US") for row in superstore())
    assert all(float(row["Sales"]) > 0 for row in superstore())
    assert {int(row["Quantity"]) for row in superstore()} <= set(range(1, 15))
    assert any(float(row["Profit"]) < 0 for row in superstore())
    assert any(float(row["Discount"]) > 0 for row in superstore())
    names = {row["Product Name"] for row in superstore()}
    for character in ("\u00a0", "\u201d", "\u00bd", '"', ","):
        assert any(character in name for name in names)


# --- bank -----------------------------------------------------------------------------------

PUBLISHED_COMBINATIONS = {
    ("VYDAJ", "VYBER", ""),
    ("VYDAJ", "VYBER", " "),
    ("VYDAJ", "VYBER", "SLUZBY"),
    ("VYDAJ", "VYBER", "SIPO"),
    ("VYDAJ", "VYBER", "SANKC. UROK"),
    ("VYDAJ", "VYBER KARTOU", ""),
    ("VYDAJ", "PREVOD NA UCET", ""),
    ("VYDAJ", "PREVOD NA UCET", " "),
    ("VYDAJ", "PREVOD NA UCET", "SIPO"),
    ("VYDAJ", "PREVOD NA UCET", "POJISTNE"),
    ("VYDAJ", "PREVOD NA UCET", "UVER"),
    ("VYBER", "VYBER", ""),
    ("PRIJEM", "VKLAD", ""),
    ("PRIJEM", "", "UROK"),
    ("PRIJEM", "PREVOD Z UCTU", ""),
    ("PRIJEM", "PREVOD Z UCTU", "DUCHOD"),
}


def test_bank_postings_are_the_published_combinations_and_balances_add_up():
    combinations = set()
    balances: dict[str, int] = {}
    below_zero = set()
    for row in transactions():
        combinations.add((row["type"], row["operation"], row["k_symbol"]))
        amount = round(float(row["amount"]) * 100)
        assert amount > 0
        account = row["account_id"]
        signed = amount if row["type"] == "PRIJEM" else -amount
        balances[account] = balances.get(account, 0) + signed
        assert round(float(row["balance"]) * 100) == balances[account]
        if balances[account] < 0:
            below_zero.add(account)
    assert combinations == PUBLISHED_COMBINATIONS
    charged = {row["account_id"] for row in transactions() if row["k_symbol"] == "SANKC. UROK"}
    assert below_zero and below_zero <= charged
    raw = content(SAMPLE / "berka/trans_1995.csv.gz")
    assert b';"";;\r\n' in raw and b';" ";"' in raw and b';"";"";"0"\r\n' in raw


def test_bank_transactions_are_in_order_and_interest_reaches_every_account():
    days = [row["date"] for row in transactions()]
    assert days == sorted(days) and days[-1] == "951231"
    assert days[0].startswith("9301")
    assert max(row["date"] for row in read("berka/trans_1993_1994.csv.gz")) == "941231"
    assert len({row["trans_id"] for row in transactions()}) == len(days)
    opened = {row["account_id"]: row["date"] for row in read("berka/account.csv")}
    months = defaultdict(set)
    for row in transactions():
        if row["k_symbol"] == "UROK":
            months[row["date"][:4]].add(row["account_id"])
    assert len(months) == 36
    for month, accounts in months.items():
        assert accounts == {account for account, day in opened.items() if day[:4] <= month}


def test_bank_accounts_clients_and_districts():
    accounts = {row["account_id"]: row for row in read("berka/account.csv")}
    active = {row["account_id"] for row in transactions()}
    late = {key for key, row in accounts.items() if row["date"] >= "960101"}
    assert late == accounts.keys() - active and len(late) == 10
    assert {row["frequency"] for row in accounts.values()} == {
        "POPLATEK MESICNE",
        "POPLATEK TYDNE",
        "POPLATEK PO OBRATU",
    }
    clients = {row["client_id"]: row for row in read("berka/client.csv")}
    women = [row for row in clients.values() if int(row["birth_number"][2:4]) > 50]
    assert 0.3 < len(women) / len(clients) < 0.7
    for row in clients.values():
        month = int(row["birth_number"][2:4]) % 50
        date(1900 + int(row["birth_number"][:2]), month, int(row["birth_number"][4:]))
    dispositions = read("berka/disp.csv")
    owners = [row["account_id"] for row in dispositions if row["type"] == "OWNER"]
    assert sorted(owners) == sorted(accounts)
    assert Counter(row["type"] for row in dispositions)["DISPONENT"] >= 20
    assert {row["client_id"] for row in dispositions} == clients.keys()
    districts = {row["A1"]: row for row in read("berka/district.csv")}
    assert [row["A15"] for row in districts.values() if row["A12"] == "?"] == ["?"]
    placed = [*accounts.values(), *clients.values()]
    assert {row["district_id"] for row in placed} <= districts.keys()


def test_bank_loans_cards_and_orders():
    opened = {row["account_id"]: row["date"] for row in read("berka/account.csv")}
    loans = read("berka/loan.csv")
    for row in loans:
        day, duration = bank_date(row["date"]), int(row["duration"])
        months = day.year * 12 + day.month - 1 + duration
        ended = (months // 12, months % 12 + 1, day.day) <= (1998, 12, 31)
        assert row["status"] in ("AB" if ended else "CD")
        assert float(row["payments"]) * duration == float(row["amount"])
        assert opened[row["account_id"]] < row["date"]
    assert {row["status"] for row in loans} == set("ABCD")
    cards = read("berka/card.csv")
    assert {row["type"] for row in cards} == {"classic", "gold", "junior"}
    for dates in ([row["date"] for row in loans], [row["issued"][:6] for row in cards]):
        assert dates == sorted(dates)
        assert dates[0] < "951231" < dates[-1]
    dispositions = {row["disp_id"]: row["account_id"] for row in read("berka/disp.csv")}
    issued = {dispositions[row["disp_id"]]: row["issued"][:6] for row in cards}
    for row in transactions():
        if row["operation"] == "VYBER KARTOU":
            assert issued[row["account_id"]] < row["date"]
    orders = read("berka/order.csv")
    assert {row["k_symbol"] for row in orders} == {"SIPO", "POJISTNE", "UVER", "LEASING", " "}
    assert {row["account_id"] for row in orders} <= opened.keys()


# --- credit_card ----------------------------------------------------------------------------


def test_credit_card_nulls_ranges_and_tails():
    rows = read("credit_card/cc_general.csv")
    assert sum(not row["CREDIT_LIMIT"] for row in rows) == 1
    assert sum(not row["MINIMUM_PAYMENTS"] for row in rows) == round(0.035 * len(rows))
    over_one = [float(row["CASH_ADVANCE_FREQUENCY"]) for row in rows]
    assert 2 <= sum(share > 1 for share in over_one) <= 5 and max(over_one) <= 1.5
    assert {int(row["TENURE"]) for row in rows} == set(range(6, 13))
    for column in rows[0].keys() - {"CUST_ID", "CASH_ADVANCE_FREQUENCY"}:
        values = [float(row[column]) for row in rows if row[column]]
        assert min(values) >= 0
        assert max(values) <= 1 or not column.endswith(("FREQUENCY", "PAYMENT"))
        assert all(len(row[column].partition(".")[2]) <= 6 for row in rows)
    for column in ("PURCHASES", "CASH_ADVANCE", "PAYMENTS"):
        values = sorted(float(row[column]) for row in rows)
        assert values[0] == 0 and values[-1] > 5 * sum(values) / len(values)
    gaps = [
        float(row["PURCHASES"])
        - float(row["ONEOFF_PURCHASES"])
        - float(row["INSTALLMENTS_PURCHASES"])
        for row in rows
    ]
    assert 0.005 < max(gaps) < 1 and sum(gap > 0.005 for gap in gaps) < 20


# --- ad_clicks ------------------------------------------------------------------------------


def test_ad_clicks_searches():
    searches = read("avito/SearchInfo.tsv.gz")
    assert sum(not row["UserID"] for row in searches) >= 3
    assert all(None not in row and None not in row.values() for row in searches)
    days = [row["SearchDate"] for row in searches]
    assert min(days).startswith("2015-04-25") and max(days).startswith("2015-05-20")
    for text in days:
        datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f")
    twice = [
        key for key, count in Counter(row["SearchID"] for row in searches).items() if count > 1
    ]
    assert len(twice) == 2
    for key in twice:
        assert len({row["SearchDate"] for row in searches if row["SearchID"] == key}) == 2
    for column in ("SearchQuery", "SearchParams"):
        assert {bool(row[column]) for row in searches} == {True, False}
    assert any("\u0430" <= row["SearchQuery"][:1] <= "\u044f" for row in searches)


def test_ad_clicks_stream():
    users = {row["SearchID"]: row["UserID"] for row in read("avito/SearchInfo.tsv.gz")}
    stream = read("avito/trainSearchStream.tsv.gz")
    orphans = [row for row in stream if row["SearchID"] not in users]
    assert 1 <= len(orphans) <= 10
    assert {row["ObjectType"] for row in stream} == {"1", "2", "3"}
    for row in stream:
        contextual = row["ObjectType"] == "3"
        assert bool(row["HistCTR"]) == contextual
        assert row["IsClick"] in (("0", "1") if contextual else ("",))
    clicked = {users.get(row["SearchID"]) for row in stream if row["IsClick"] == "1"}
    assert set(users.values()) - clicked
    assert clicked - {"", None}
