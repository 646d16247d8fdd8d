"""Czech bank tables in the format of the Berka / PKDD'99 data (`berka/*.csv`, `trans_*.csv.gz`).

Accounts are simulated month by month, all of them side by side, so that transactions come out in
order of date while only one month is in memory. Money is kept in haler (1/100 koruna); an
account's balance follows from its amounts in the order of the file.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

from .common import Group, LineFile, Population, Settings, SystemOutput, open_lines, split_amount

SOURCE_SYSTEM = "bank"
FIRST_DAY = date(1993, 1, 1)
LAST_DAY = date(1995, 12, 31)
LAST_OPENING = date(1994, 9, 30)
LAST_FACT = date(1998, 12, 8)
"""Latest date of a loan or card."""
END_OF_DATA = date(1998, 12, 31)
"""A loan that ends by then is finished (status A, B), any other is running (C, D)."""
ACCOUNTS = 260
LATE_ACCOUNTS = 10
"""Accounts opened in 1996, after the last transaction: not yet customers."""

HEADERS = {
    "account": '"account_id";"district_id";"frequency";"date"',
    "client": '"client_id";"birth_number";"district_id"',
    "disp": '"disp_id";"client_id";"account_id";"type"',
    "order": '"order_id";"account_id";"bank_to";"account_to";"amount";"k_symbol"',
    "loan": '"loan_id";"account_id";"date";"amount";"duration";"payments";"status"',
    "card": '"card_id";"disp_id";"type";"issued"',
    "district": "A1;A2;A3;A4;A5;A6;A7;A8;A9;A10;A11;A12;A13;A14;A15;A16",
    "trans": '"trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";'
    '"bank";"account"',
}
TRANSACTION_FILES = {1993: "trans_1993_1994", 1994: "trans_1993_1994", 1995: "trans_1995"}
FEES = {
    "POPLATEK MESICNE": 14_60,
    "POPLATEK TYDNE": 30_00,
    "POPLATEK PO OBRATU": 100_00,
}
"""Per account frequency: the monthly service charge in haler."""

WAGE, PENSION, CASH = "wage", "pension", "cash"
GROUPS = (
    Group(
        "salary",
        0.26,
        {"recency_days": 5, "turnover": 8000, "postings": 3, "growth": 1, "swing": 15},
        {"income": {WAGE: 0.92, PENSION: 0.0, CASH: 0.08}},
    ),
    Group(
        "cash_heavy",
        0.18,
        {"recency_days": 3, "turnover": 80_000, "postings": 8, "growth": 1, "swing": 60},
        {"income": {WAGE: 0.0, PENSION: 0.0, CASH: 1.0}},
    ),
    Group(
        "pensioner",
        0.20,
        {"recency_days": 13, "turnover": 2300, "postings": 1.3, "growth": 1, "swing": 12},
        {"income": {WAGE: 0.0, PENSION: 0.96, CASH: 0.04}},
    ),
    Group(
        "growing",
        0.20,
        {"recency_days": 5, "turnover": 24_000, "postings": 4, "growth": 20, "swing": 20},
        {"income": {WAGE: 0.1, PENSION: 0.0, CASH: 0.9}},
    ),
    Group(
        "dormant",
        0.16,
        {"recency_days": 250, "turnover": 7000, "postings": 2.5, "growth": 0.5, "swing": 30},
        {"income": {WAGE: 0.4, PENSION: 0.1, CASH: 0.5}},
    ),
)
"""Turnover in koruna and postings per month; growth is the ratio of the last to the first month's
turnover; swing is the month-to-month scatter in percent; recency is that of the last posting made
by the customer, after which only the bank's own postings go on."""
SPREAD = {"recency_days": 0.3, "turnover": 0.28, "postings": 0.12, "growth": 0.2, "swing": 0.2}

BANKS = ("AB", "CD", "EF", "GH", "IJ", "KL", "MN", "OP", "QR", "ST", "UV", "WX", "YZ")
REGIONS = (
    "Prague",
    "central Bohemia",
    "south Bohemia",
    "west Bohemia",
    "north Bohemia",
    "east Bohemia",
    "south Moravia",
    "north Moravia",
)
DISTRICTS = (
    "Hl.m. Korunov",
    "Brezinka",
    "Dubovice",
    "Hradistko",
    "Jablonka nad Luznou",
    "Javorov",
    "Kamenice - mesto",
    "Klenovec",
    "Lipnany",
    "Lomec",
    "Mlynska Lhota",
    "Novy Brod",
    "Olesnik",
    "Podlesi - vychod",
    "Rybnany",
    "Skalka",
    "Stary Dvur",
    "Trnovany",
    "Vrbice",
    "Zelena Hora",
)
UNKNOWN_DISTRICT = 17
"""The district whose A12 and A15 are `?`."""


@dataclass(frozen=True)
class StandingOrder:
    """A payment made every month on `day` from the month of `start` on, `months` times at most."""

    symbol: str
    bank: str
    account: str
    amount: int
    day: int
    start: date
    months: int = 999

    def due(self, year: int, month: int) -> bool:
        """Tell whether the order is paid in that month."""
        past = (year - self.start.year) * 12 + month - self.start.month
        return 0 <= past < self.months


@dataclass(frozen=True)
class Loan:
    """A loan of `payments` koruna a month for `duration` months."""

    day: date
    payments: int
    duration: int
    status: str


def _ymd(day: date) -> str:
    return f"{day:%y%m%d}"


def _money(haler: int) -> str:
    return f"{'-' if haler < 0 else ''}{abs(haler) // 100}.{abs(haler) % 100:02d}"


def _partner(rng: Random) -> tuple[str, str]:
    """Return the code of another bank and an account there."""
    return rng.choice(BANKS), str(rng.randint(100_000, 99_999_999))


def _between(rng: Random, first: date, last: date) -> date:
    return first + timedelta(days=rng.randint(0, (last - first).days))


class Account:
    """One account and its state: static facts first, then one call of `month` after the other.

    Args:
        settings: of the run.
        place: 0-based place among the accounts, in order of their ids.
        account_id: as published, 1 to about 11,000.
        opened: date of opening.
        group: planted group, None for an account opened after the last transaction.
        population: the groups.
    """

    def __init__(
        self,
        settings: Settings,
        place: int,
        account_id: int,
        opened: date,
        group: str | None,
        population: Population,
    ) -> None:
        self.account_id = account_id
        self.opened = opened
        self.group = group
        self._rng = rng = settings.rng(SOURCE_SYSTEM, "account", account_id)
        usual = group or GROUPS[0].name
        drawn = population.draw(rng, usual)
        self.income = population.pick(rng, usual, "income")
        self.frequency = rng.choices(list(FEES), (92, 5, 3))[0]
        life = (LAST_DAY - opened).days
        since_last = max(1, round(drawn["recency_days"])) - 1
        self._last_posting = LAST_DAY - timedelta(days=min(since_last, max(0, life) // 2))
        self._turnover = drawn["turnover"] * 100
        self._postings = drawn["postings"]
        self._growth = max(0.05, drawn["growth"])
        self._swing = drawn["swing"] / 100
        self.loan = self._draw_loan(rng) if place % 6 == 2 else None
        self.card_issued = (
            _between(rng, max(opened + timedelta(days=100), date(1993, 11, 7)), LAST_FACT)
            if place % 7 == 3
            else None
        )
        self._employer = _partner(rng)
        self._income_day = rng.randint(5, 14)
        self.orders = self._draw_orders(rng)
        self._overdrawn_in = self._month_after(opened, 3) if place % 45 == 11 else None
        self._third_code = rng.random() < (0.35 if self.income == CASH else 0.05)
        self._balance = 0
        self._lowest = 0
        self._next_id = 1000 * place + 1
        self._next_interest_id = 0

    @staticmethod
    def _month_after(day: date, months: int) -> tuple[int, int]:
        past = day.year * 12 + day.month - 1 + months
        return past // 12, past % 12 + 1

    def _draw_loan(self, rng: Random) -> Loan:
        day = _between(rng, max(self.opened + timedelta(days=150), date(1993, 7, 5)), LAST_FACT)
        duration = rng.choice((12, 24, 36, 48, 60))
        payments = rng.randint(4, 40) * 100 + rng.randint(0, 99)
        year, month = self._month_after(day, duration)
        end = date(year, month, min(day.day, monthrange(year, month)[1]))
        statuses = "AB" if end <= END_OF_DATA else "CD"
        return Loan(day, payments, duration, statuses[rng.random() < 0.13])

    def _draw_orders(self, rng: Random) -> list[StandingOrder]:
        chances = {
            WAGE: (
                ("SIPO", 0.9, 2600),
                ("POJISTNE", 0.35, 500),
                (" ", 0.3, 1200),
                ("LEASING", 0.1, 1800),
            ),
            PENSION: (("SIPO", 0.75, 1100), ("POJISTNE", 0.2, 250), (" ", 0.1, 400)),
            CASH: (("SIPO", 0.4, 2400), ("POJISTNE", 0.15, 600), (" ", 0.15, 1500)),
        }
        orders = []
        for symbol, chance, koruna in chances[self.income]:
            year, month = self._month_after(self.opened, rng.randint(1, 3))
            if rng.random() < chance:
                amount = round(koruna * rng.lognormvariate(0, 0.35)) * 100
                start = date(year, month, 1)
                orders.append(
                    StandingOrder(symbol, *_partner(rng), amount, rng.randint(5, 14), start)
                )
        if self.loan:
            year, month = self._month_after(self.loan.day, 1)
            orders.append(
                StandingOrder(
                    "UVER",
                    *_partner(rng),
                    self.loan.payments * 100,
                    12,
                    date(year, month, 1),
                    self.loan.duration,
                )
            )
        return orders

    def month(self, year: int, month: int, interest_base: int) -> Iterator[tuple[date, int, str]]:
        """Yield the month's transactions as (date, trans_id, line) in the account's own order.

        Args:
            year: of the month.
            month: 1 to 12; every month from the first one on must be asked for once, in order.
            interest_base: interest postings get ids above this number.
        """
        length = monthrange(year, month)[1]
        month_end = date(year, month, length)
        if month_end < self.opened:
            return
        opening_month = (year, month) == (self.opened.year, self.opened.month)
        self._lowest = min(0, self._balance)
        if opening_month:
            first = self._rng.randint(2, 11) * 100_00
            yield self._post(self.opened, "PRIJEM", "VKLAD", first)
        elif date(year, month, 1) <= self._last_posting:
            for day, _, kind, amount, order in sorted(
                self._events(year, month, length), key=lambda event: event[:2]
            ):
                yield from self._perform(date(year, month, day), kind, amount, order)
        if not opening_month:
            yield self._post(month_end, "VYDAJ", "VYBER", -FEES[self.frequency], "SLUZBY")
        if self._lowest < 0:
            penalty = max(10, -self._lowest // 2000 * 10)
            yield self._post(month_end, "VYDAJ", "VYBER", -penalty, "SANKC. UROK")
        interest = max(10, self._balance // 3500 * 10)
        self._next_interest_id += 1
        trans_id = interest_base + self._next_interest_id
        yield self._post(month_end, "PRIJEM", "", interest, "UROK", trans_id=trans_id)

    def _events(
        self, year: int, month: int, length: int
    ) -> Iterator[tuple[int, int, str, int, StandingOrder | None]]:
        """Yield what is to happen: day, rank within the day, kind, haler, standing order."""
        rng = self._rng
        active_days = max(1, (self._last_posting - self.opened).days)
        elapsed = (date(year, month, 1) - self.opened).days / active_days
        level = self._turnover * self._growth ** (elapsed - 0.5)
        turnover = level * max(0.2, 1 + self._swing * rng.uniform(-1, 1))
        count = max(1, int(self._postings + rng.random()))
        standing = [order for order in self.orders if order.due(year, month)]
        owed = sum(order.amount for order in standing)
        last_month = (year, month) == (self._last_posting.year, self._last_posting.month)
        end = self._last_posting.day if last_month else length
        first = min(end, self._income_day + 1)
        payouts = count
        if self.income == CASH:
            deposits = max(1, round(count * 0.4))
            payouts = count - deposits
            share = 0.55 if payouts else 1
            for haler in split_amount(rng, int(turnover * share) + owed, deposits):
                day = min(end, rng.randint(2, self._income_day))
                yield day, 0, "deposit", max(2, haler // 100_00) * 100_00, None
            turnover *= 1 - share
        else:
            received = round((level * 1.08 + owed) / 100_00) * 100_00
            yield self._income_day, 0, self.income, received, None
        for place, haler in enumerate(split_amount(rng, int(turnover), payouts) if payouts else ()):
            day = end if last_month and place == 0 else rng.randint(first, end)
            yield day, 2, "withdrawal", max(2, haler // 100_00) * 100_00, None
        if last_month and not payouts:
            yield end, 2, "withdrawal", 500_00, None
        if self._overdrawn_in == (year, month) and not last_month:
            yield length - 2, 3, "overdraft", rng.randint(5, 30) * 100_00, None
        for order in standing:
            yield max(order.day, self._income_day), 1, "order", order.amount, order

    def _perform(
        self, day: date, kind: str, amount: int, order: StandingOrder | None
    ) -> Iterator[tuple[date, int, str]]:
        """Yield the posting of one event; what the balance does not cover is cut or left out."""
        if kind == "deposit":
            yield self._post(day, "PRIJEM", "VKLAD", amount)
        elif kind in (WAGE, PENSION):
            symbol = "DUCHOD" if kind == PENSION else ""
            yield self._post(day, "PRIJEM", "PREVOD Z UCTU", amount, symbol, self._employer)
        elif kind == "overdraft":
            yield self._post(day, "VYDAJ", "VYBER", -max(0, self._balance) - amount)
        elif order:
            if self._balance > amount:
                symbol = "" if order.symbol == "LEASING" else order.symbol
                partner = (order.bank, order.account)
                yield self._post(day, "VYDAJ", "PREVOD NA UCET", -amount, symbol, partner)
        else:
            amount = min(amount, (self._balance - 100_00) // 100_00 * 100_00)
            if amount > 0:
                yield self._withdraw(day, amount)
            elif day == self._last_posting:
                yield self._post(day, "PRIJEM", "VKLAD", 300_00)

    def _withdraw(self, day: date, amount: int) -> tuple[date, int, str]:
        """Return a withdrawal in one of its spellings."""
        chance = self._rng.random()
        no_partner = ("", "0")
        if self.card_issued and day > self.card_issued and chance < 0.3:
            return self._post(day, "VYDAJ", "VYBER KARTOU", -amount, "", no_partner)
        if self._third_code and chance > 0.8:
            return self._post(day, "VYBER", "VYBER", -amount)
        if chance < 0.04:
            return self._post(day, "VYDAJ", "VYBER", -amount, "", no_partner)
        if chance < 0.045:
            return self._post(day, "VYDAJ", "VYBER", -amount, " ", no_partner)
        if chance < 0.055 and day != self._last_posting:
            return self._post(day, "VYDAJ", "VYBER", -amount, "SIPO", no_partner)
        return self._post(day, "VYDAJ", "VYBER", -amount)

    def _post(
        self,
        day: date,
        kind: str,
        operation: str,
        signed: int,
        symbol: str = "",
        partner: tuple[str, str] | None = None,
        trans_id: int | None = None,
    ) -> tuple[date, int, str]:
        """Book an amount and return its line; credit is positive."""
        self._balance += signed
        self._lowest = min(self._lowest, self._balance)
        if trans_id is None:
            trans_id = self._next_id
            self._next_id += 1
        other = f'"{partner[0]}";"{partner[1]}"' if partner else ";"
        line = (
            f'{trans_id};{self.account_id};{_ymd(day)};"{kind}";"{operation}";'
            f'{_money(abs(signed))};{_money(self._balance)};"{symbol}";{other}\r\n'
        )
        return day, trans_id, line


def _open_accounts(settings: Settings, population: Population) -> list[Account]:
    """Return all accounts in order of their ids, with those opened after the last transaction."""
    rng = settings.rng(SOURCE_SYSTEM, "accounts")
    count = ACCOUNTS * settings.scale
    total = count + LATE_ACCOUNTS * settings.scale
    ids = sorted(rng.sample(range(1, max(11_383, 4 * total)), total))
    groups: list[str | None] = [*population.assign(rng, count)]
    groups += [None] * (total - count)
    rng.shuffle(groups)
    accounts = []
    for place, (account_id, group) in enumerate(zip(ids, groups, strict=True)):
        opened = (
            _between(rng, FIRST_DAY, LAST_OPENING)
            if group
            else _between(rng, date(1996, 1, 2), date(1996, 12, 30))
        )
        accounts.append(Account(settings, place, account_id, opened, group, population))
    return accounts


def _birth_number(rng: Random, income: str) -> str:
    """Return YYMMDD, with 50 added to the month for a woman; pensioners are older."""
    first, last = (1911, 1936) if income == PENSION else (1930, 1983)
    day = _between(rng, date(first, 1, 1), date(last, 12, 31))
    month = day.month + 50 * (rng.random() < 0.49)
    return f"{day:%y}{month:02d}{day:%d}"


def _district_line(rng: Random, number: int, name: str) -> str:
    region = REGIONS[0] if number == 1 else REGIONS[1 + (number - 2) * 7 // 19]
    towns = rng.randint(2, 9)
    inhabitants = 1_004_380 if number == 1 else rng.randint(45_000, 290_000)
    idle = rng.randint(60, 650)
    crimes = round(inhabitants * rng.uniform(0.018, 0.04))
    unknown = number == UNKNOWN_DISTRICT
    fields = (
        number,
        f'"{name}"',
        f'"{region}"',
        inhabitants,
        rng.randint(0, 140),
        rng.randint(5, 60),
        rng.randint(2, 20),
        rng.randint(1, 5),
        towns,
        f"{rng.randint(340, 990) / 10:.1f}",
        rng.randint(8_100, 10_900),
        "?" if unknown else f"{idle / 100:.2f}",
        f"{(idle + rng.randint(0, 120)) / 100:.2f}",
        rng.randint(85, 160),
        "?" if unknown else crimes,
        round(crimes * rng.uniform(0.92, 1.12)),
    )
    return ";".join(str(value) for value in fields)


def _static_tables(settings: Settings, accounts: list[Account]) -> dict[str, list[str]]:
    """Return the lines of the seven tables beside the transactions, without line ends."""
    tables: dict[str, list[str]] = {name: [] for name in HEADERS if name != "trans"}
    client_id = disp_id = 0
    order_id = 29_400
    loans: list[tuple[date, str]] = []
    cards: list[tuple[date, str]] = []
    for place, account in enumerate(accounts):
        rng = settings.rng(SOURCE_SYSTEM, "owner", account.account_id)
        district = rng.randint(1, len(DISTRICTS))
        tables["account"].append(
            f'{account.account_id};{district};"{account.frequency}";{_ymd(account.opened)}'
        )
        for role in ("OWNER", "DISPONENT")[: 1 + (rng.random() < 0.2)]:
            client_id += rng.randint(1, 3)
            disp_id = client_id + place // 40
            birth = _birth_number(rng, account.income)
            home = district if rng.random() < 0.9 else rng.randint(1, len(DISTRICTS))
            tables["client"].append(f'{client_id};"{birth}";{home}')
            tables["disp"].append(f'{disp_id};{client_id};{account.account_id};"{role}"')
            if role == "OWNER" and account.card_issued:
                kind = (
                    "junior" if birth[:2] >= "74" else rng.choices(("classic", "gold"), (88, 12))[0]
                )
                line = f'{disp_id};"{kind}";{_ymd(account.card_issued)} 00:00:00'
                cards.append((account.card_issued, f"{place // 7 + 1};{line}"))
        for order in account.orders:
            order_id += 1
            tables["order"].append(
                f'{order_id};{account.account_id};"{order.bank}";"{order.account}";'
                f'{_money(order.amount)};"{order.symbol}"'
            )
        if account.loan:
            loan = account.loan
            loans.append(
                (
                    loan.day,
                    f"{4959 + place};{account.account_id};{_ymd(loan.day)};"
                    f"{loan.payments * loan.duration};{loan.duration};{loan.payments}.00;"
                    f'"{loan.status}"',
                )
            )
    tables["account"].sort(key=lambda line: line.rsplit(";", 1)[1])
    tables["loan"] = [line for _, line in sorted(loans)]
    tables["card"] = [line for _, line in sorted(cards)]
    districts = settings.rng(SOURCE_SYSTEM, "districts")
    tables["district"] = [
        _district_line(districts, number, name) for number, name in enumerate(DISTRICTS, start=1)
    ]
    return tables


def write(out: Path, settings: Settings) -> SystemOutput:
    """Write the eight tables; transactions are in order of date, in two files.

    Raises:
        OSError: a file cannot be written.
    """
    population = Population(GROUPS, SPREAD, settings.separation)
    accounts = _open_accounts(settings, population)
    folder = out / "berka"
    files = []
    for name, lines in _static_tables(settings, accounts).items():
        with open_lines(folder / f"{name}.csv") as file:
            file.write(HEADERS[name] + "\r\n")
            for line in lines:
                file.write(line + "\r\n")
        files.append(file.written())
    parts: dict[str, LineFile] = {}
    with ExitStack() as stack:
        for year, name in TRANSACTION_FILES.items():
            if name not in parts:
                parts[name] = stack.enter_context(open_lines(folder / f"{name}.csv.gz"))
                parts[name].write(HEADERS["trans"] + "\r\n")
            for month in range(1, 13):
                interest_base = 1000 * len(accounts)
                rows: list[tuple[date, int, str]] = []
                for place, account in enumerate(accounts):
                    rows += account.month(year, month, interest_base + 100 * place)
                rows.sort()
                for _, _, line in rows:
                    parts[name].write(line)
    files += [part.written() for part in parts.values()]
    truth = [
        (SOURCE_SYSTEM, str(account.account_id), account.group)
        for account in accounts
        if account.group
    ]
    return SystemOutput(files, truth)
