"""Berka: an account is the customer; its postings, owner, cards and loan stand in eight tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from typing import Any

from customer_segments.passport.cells import (
    berka_day,
    birth_number,
    decimal,
    identifier,
    integer,
    text,
)
from customer_segments.passport.judging import (
    AFTER,
    BESIDE,
    REJECTED,
    USED,
    Problems,
    Source,
    add_months,
    first_problem,
    histories_of,
    latest_value,
    reject_repeated_keys,
)
from customer_segments.passport.raw_tables import (
    ACCOUNTS,
    CARDS,
    CLIENTS,
    DISPOSITIONS,
    DISTRICTS,
    LOANS,
    PERMANENT_ORDERS,
    TRANSACTIONS,
    RawTable,
)
from customer_segments.passport.records import (
    ZERO,
    Business,
    Entry,
    Event,
    Fact,
    Facts,
    Histories,
    Judged,
    RawRow,
)

BUSINESS = Business(
    order_word="posting",
    has_flows=True,
    attributes=(
        "account_opened_date",
        "statement_frequency",
        "sex",
        "birth_date",
        "age",
        "district",
        "region",
        "card_type",
        "loan_amount",
        "loan_status",
    ),
)

POSTING_CLASSES = """
select type_code, operation_code, payment_symbol, posting_class from rules.bank_posting_classes
"""

HOME = ("district", "region", "district_average_salary_amount", "district_urban_percentage")
"""What the district of the owner says; bank_sequences knows the last two."""

WHOLE_NUMBERS = ("A4", "A9", "A15", "A16")
AMOUNTS = ("A10", "A11", "A12", "A13", "A14")


def histories(source: Source, ids: Collection[str] | None) -> Histories:
    """Histories of accounts by id; of all of them for None."""
    accounts = _table(source, ACCOUNTS, _account, ids)
    postings = _table(source, TRANSACTIONS, _posting, ids)
    dispositions = _table(source, DISPOSITIONS, _disposition, ids)
    permanent_orders = _table(source, PERMANENT_ORDERS, _permanent_order, ids)
    loans = _table(source, LOANS, _loan, ids)
    clients = _table(
        source, CLIENTS, _client, _named(dispositions, "client", ids), column="client_id"
    )
    cards = _table(source, CARDS, _card, _keys(dispositions, ids), column="disp_id")
    districts = _table(source, DISTRICTS, _district, _named(clients, "district", ids), column="A1")

    classes = {
        (kind, operation or "", symbol or ""): posting_class
        for kind, operation, symbol, posting_class in source.warehouse.execute(
            POSTING_CLASSES
        ).fetchall()
    }
    found = histories_of(source, [*accounts, *postings], lambda judged: _event(judged, classes))
    people = _People(source, dispositions, clients, districts, cards, loans)
    valid_accounts = {account.customer_id: account for account in _valid(accounts)}
    for account_id, history in found.items():
        account = valid_accounts.get(account_id)
        history.attributes |= people.attributes(account_id, account)
        history.entries += people.entries(account_id)
    for order in permanent_orders:
        if order.customer_id in found:
            found[order.customer_id].entries.append(_beside(order, "permanent order"))
    return found


class _People:
    """Who stands behind the accounts: owners, their districts, cards and loans."""

    def __init__(
        self,
        source: Source,
        dispositions: list[Judged],
        clients: list[Judged],
        districts: list[Judged],
        cards: list[Judged],
        loans: list[Judged],
    ) -> None:
        self._source = source
        self._dispositions = _by(dispositions, lambda row: row.customer_id)
        self._clients = _by(clients, lambda row: row.key)
        self._districts = _by(districts, lambda row: row.key)
        self._cards = _by(cards, lambda row: row.values["disposition"])
        self._loans = _by(loans, lambda row: row.customer_id)

    def attributes(self, account_id: str, account: Judged | None) -> Facts:
        """What is known of an account, once there is one."""
        if account is None or not self._source.is_known(account.day):
            how = "the account itself has no usable row before the as-of date"
            return {name: Fact(None, how) for name in (*BUSINESS.attributes, *HOME)}
        return {
            "account_opened_date": Fact(account.day, "`date` of the account", (account.row,)),
            "statement_frequency": Fact(
                account.values["frequency"], "`frequency` of the account", (account.row,)
            ),
            **self._owner(account_id),
            "card_type": self._card_type(account_id),
            **self._loan(account_id),
        }

    def entries(self, account_id: str) -> list[Entry]:
        """Raw rows of the tables beside account and postings."""
        dispositions = self._dispositions.get(account_id, [])
        entries = [_static(row, "right to the account") for row in dispositions]
        client_ids = sorted({row.values["client"] for row in _valid(dispositions)})
        clients = [row for client_id in client_ids for row in self._clients.get(client_id, [])]
        entries += [_static(row, "client") for row in clients]
        owner = self._owning_client(account_id)
        district_id = owner.values["district"] if owner else None
        entries += [_static(row, "district") for row in self._districts.get(district_id, [])]
        for disposition in _valid(dispositions):
            cards = self._cards.get(disposition.key, [])
            entries += [self._dated(card, "card") for card in cards]
        entries += [self._dated(loan, "loan") for loan in self._loans.get(account_id, [])]
        return entries

    def _owning_client(self, account_id: str) -> Judged | None:
        owners = [
            row.values["client"]
            for row in _valid(self._dispositions.get(account_id, []))
            if row.values["type"] == "OWNER"
        ]
        return next(iter(_valid(self._clients.get(min(owners), []))), None) if owners else None

    def _owner(self, account_id: str) -> Facts:
        owner = self._owning_client(account_id)
        if owner is None:
            how = "the account has no usable owner"
            return {name: Fact(None, how) for name in ("sex", "birth_date", "age", *HOME)}
        born, sex = owner.values["birth"]
        number = f"birth number {text(owner.row.cells['birth_number'])} of the owner"
        age = _completed_years(born, self._source.as_of)
        return {
            "sex": Fact(sex, f"{number}: the month {_month_words(sex)}", (owner.row,)),
            "birth_date": Fact(born, f"{number}, in the 1900s", (owner.row,)),
            "age": Fact(age, f"completed years from {born} to {self._source.as_of}", (owner.row,)),
            **self._home(owner),
        }

    def _home(self, owner: Judged) -> Facts:
        district = next(iter(_valid(self._districts.get(owner.values["district"], []))), None)
        if district is None:
            how = "the district of the owner has no usable row"
            return {name: Fact(None, how) for name in HOME}
        rows = (owner.row, district.row)
        return {
            "district": Fact(district.values["name"], f"A2 of district {district.key}", rows),
            "region": Fact(district.values["region"], f"A3 of district {district.key}", rows),
            "district_average_salary_amount": Fact(
                district.values["average_salary"], f"A11 of district {district.key}", rows
            ),
            "district_urban_percentage": Fact(
                district.values["urban_percentage"], f"A10 of district {district.key}", rows
            ),
        }

    def _card_type(self, account_id: str) -> Fact:
        cards = [
            (card.day, card.values["type"], card.row)
            for disposition in _valid(self._dispositions.get(account_id, []))
            for card in _valid(self._cards.get(disposition.key, []))
            if self._source.is_known(card.day)
        ]
        return (
            latest_value(cards, "cards") if cards else Fact(None, "no card before the as-of date")
        )

    def _loan(self, account_id: str) -> Facts:
        loans = [
            loan
            for loan in _valid(self._loans.get(account_id, []))
            if self._source.is_known(loan.day)
        ]
        if not loans:
            how = "no loan before the as-of date"
            return {"loan_amount": Fact(None, how), "loan_status": Fact(None, how)}
        last = max(loan.day for loan in loans)
        latest = [loan for loan in loans if loan.day == last]
        rows = tuple(loan.row for loan in latest)
        known = [status for status in map(self._known_status, latest) if status]
        amount = min(loan.values["amount"] for loan in latest)
        return {
            "loan_amount": Fact(amount, f"`amount` of the loan granted on {last}", rows),
            "loan_status": Fact(min(known, default=None), self._status_words(latest[0]), rows),
        }

    def _status_day(self, loan: Judged) -> date:
        """The day from which the status in the file is known."""
        if loan.values["status"] in ("A", "B"):
            return add_months(loan.day, loan.values["months"])
        return self._source.settings.bank_status_known_from

    def _known_status(self, loan: Judged) -> str | None:
        return loan.values["status"] if self._source.is_known(self._status_day(loan)) else None

    def _status_words(self, loan: Judged) -> str:
        day = self._status_day(loan)
        if self._source.is_known(day):
            return f"`status` of the loan, known since {day}"
        return f"the status is not known before {day}"

    def _dated(self, judged: Judged, note: str) -> Entry:
        if judged.reason is None and not self._source.is_known(judged.day):
            return Entry(judged.row, AFTER, note, judged.day)
        return _static(judged, note)


def _table(
    source: Source,
    table: RawTable,
    judge: Callable[[Source, RawRow], Judged],
    ids: Collection[str] | None,
    column: str | None = None,
) -> list[Judged]:
    rows = [judge(source, row) for row in source.raw.rows(table, column, ids)]
    reject_repeated_keys(rows)
    return rows


def _account(source: Source, row: RawRow) -> Judged:
    cells, account_id = row.cells, identifier(row.cells["account_id"])
    day = berka_day(cells["date"])
    problems: Problems = {
        "missing_value": lambda: account_id is None or text(cells["date"]) is None,
        **_date_problems(source, day),
    }
    values = {"frequency": text(cells["frequency"])}
    return Judged(row, account_id, day, first_problem(problems), values, account_id)


def _disposition(source: Source, row: RawRow) -> Judged:
    cells = row.cells
    client_id, kind = identifier(cells["client_id"]), text(cells["type"])
    account_id, key = identifier(cells["account_id"]), identifier(cells["disp_id"])
    problems: Problems = {
        "missing_value": lambda: None in (key, client_id, account_id),
        "unknown_code": lambda: kind not in ("OWNER", "DISPONENT"),
    }
    values = {"client": client_id, "type": kind}
    return Judged(row, account_id, None, first_problem(problems), values, key)


def _client(source: Source, row: RawRow) -> Judged:
    cells, key = row.cells, identifier(row.cells["client_id"])
    values = {
        "birth": birth_number(cells["birth_number"]),
        "district": identifier(cells["district_id"]),
    }
    problems: Problems = {
        "missing_value": lambda: key is None or text(cells["birth_number"]) is None,
        "invalid_date": lambda: values["birth"] is None,
    }
    return Judged(row, None, None, first_problem(problems), values, key)


def _district(source: Source, row: RawRow) -> Judged:
    cells, key = row.cells, identifier(row.cells["A1"])

    def is_unreadable(name: str, read: Callable[[str | None], Any]) -> bool:
        return text(cells[name]) not in (None, "?") and read(cells[name]) is None

    problems: Problems = {
        "missing_value": lambda: key is None,
        "invalid_number": lambda: (
            any(is_unreadable(name, integer) for name in WHOLE_NUMBERS)
            or any(is_unreadable(name, decimal) for name in AMOUNTS)
        ),
    }
    values = {
        "name": text(cells["A2"]),
        "region": text(cells["A3"]),
        "urban_percentage": decimal(cells["A10"]),
        "average_salary": decimal(cells["A11"]),
    }
    return Judged(row, None, None, first_problem(problems), values, key)


def _card(source: Source, row: RawRow) -> Judged:
    cells, day = row.cells, berka_day(row.cells["issued"])
    key, disposition_id = identifier(cells["card_id"]), identifier(cells["disp_id"])
    problems: Problems = {
        "missing_value": lambda: None in (key, disposition_id, text(cells["issued"])),
        **_date_problems(source, day),
    }
    values = {"disposition": disposition_id, "type": text(cells["type"])}
    return Judged(row, None, day, first_problem(problems), values, key)


def _loan(source: Source, row: RawRow) -> Judged:
    cells, day = row.cells, berka_day(row.cells["date"])
    key, account_id = identifier(cells["loan_id"]), identifier(cells["account_id"])
    values = {
        "amount": decimal(cells["amount"]),
        "months": integer(cells["duration"]),
        "payment": decimal(cells["payments"]),
        "status": text(cells["status"]),
    }
    needed = ("date", "amount", "duration")
    problems: Problems = {
        "missing_value": lambda: (
            None in (key, account_id) or any(text(cells[name]) is None for name in needed)
        ),
        "invalid_number": lambda: (
            None in (values["amount"], values["months"])
            or (values["payment"] is None and text(cells["payments"]) is not None)
        ),
        **_date_problems(source, day),
        "unknown_code": lambda: values["status"] not in ("A", "B", "C", "D"),
    }
    return Judged(row, account_id, day, first_problem(problems), values, key)


def _permanent_order(source: Source, row: RawRow) -> Judged:
    cells, amount = row.cells, decimal(row.cells["amount"])
    key, account_id = identifier(cells["order_id"]), identifier(cells["account_id"])
    problems: Problems = {
        "missing_value": lambda: None in (key, account_id, text(cells["amount"])),
        "invalid_number": lambda: amount is None,
        "negative_price": lambda: amount < 0,
    }
    return Judged(row, account_id, None, first_problem(problems), {}, key)


def _posting(source: Source, row: RawRow) -> Judged:
    cells, day = row.cells, berka_day(row.cells["date"])
    key = identifier(cells["trans_id"])
    values = {
        "type": text(cells["type"]),
        "operation": text(cells["operation"]),
        "symbol": text(cells["k_symbol"]),
        "amount": decimal(cells["amount"]),
        "balance": decimal(cells["balance"]),
    }
    problems: Problems = {
        "missing_value": lambda: None in (key, text(cells["date"]), text(cells["amount"])),
        "invalid_number": lambda: (
            values["amount"] is None
            or (values["balance"] is None and text(cells["balance"]) is not None)
        ),
        **_date_problems(source, day),
        "unknown_code": lambda: values["type"] not in ("PRIJEM", "VYDAJ", "VYBER"),
        "no_price": lambda: values["amount"] == 0,
        "negative_price": lambda: values["amount"] < 0,
    }
    return Judged(row, identifier(cells["account_id"]), day, first_problem(problems), values, key)


def _date_problems(source: Source, day: date | None) -> Problems:
    return {
        "invalid_date": lambda: day is None,
        "implausible_date": lambda: not source.settings.is_plausible(day),
    }


def _event(judged: Judged, classes: Mapping[tuple[str, str, str], str]) -> Event | None:
    if judged.reason is not None:
        return None
    if judged.row.table == ACCOUNTS.name:
        return Event(judged.row, judged.day, "account opened", is_active=False)
    values = judged.values
    code = (values["type"], values["operation"] or "", values["symbol"] or "")
    posting_class = classes.get(code, "unclassified")
    is_customer = posting_class == "customer"
    amount, is_inflow = values["amount"], values["type"] == "PRIJEM"
    return Event(
        judged.row,
        judged.day,
        f"{posting_class} posting, {'in' if is_inflow else 'out'}",
        is_active=is_customer,
        order_id=judged.key if is_customer else None,
        gross=amount if is_customer else ZERO,
        inflow=amount if is_inflow else ZERO,
        outflow=ZERO if is_inflow else amount,
        details={"posting_class": posting_class},
    )


def _valid(rows: Iterable[Judged]) -> list[Judged]:
    return [row for row in rows if row.reason is None]


def _by(rows: Iterable[Judged], key: Callable[[Judged], str | None]) -> dict[str, list[Judged]]:
    groups: dict[str, list[Judged]] = {}
    for row in rows:
        if (value := key(row)) is not None:
            groups.setdefault(value, []).append(row)
    return groups


def _named(rows: Iterable[Judged], name: str, ids: Collection[str] | None) -> set[str] | None:
    """Ids that valid rows name; None where all are wanted anyway."""
    if ids is None:
        return None
    return {row.values[name] for row in _valid(rows) if row.values[name] is not None}


def _keys(rows: Iterable[Judged], ids: Collection[str] | None) -> set[str] | None:
    return None if ids is None else {row.key for row in _valid(rows)}


def _static(judged: Judged, note: str) -> Entry:
    if judged.reason is not None:
        return Entry(judged.row, REJECTED, judged.reason, judged.day)
    return Entry(judged.row, USED, note, judged.day)


def _beside(judged: Judged, note: str) -> Entry:
    entry = _static(judged, note)
    return entry if entry.fate == REJECTED else Entry(judged.row, BESIDE, note)


def _month_words(sex: str) -> str:
    return "has 50 added" if sex == "female" else "has nothing added"


def _completed_years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
