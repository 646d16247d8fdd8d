"""Invoice lines in the format of UCI "Online Retail" (`online_retail/online_retail.csv.gz`).

A customer's orders are planned first (dates and values follow from his drawn recency, number of
orders and spend); the lines of an order are a pure function of the order, so they are made only
when they are written, and again when a cancellation refers to them.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

from .common import (
    QUIRK,
    Group,
    Population,
    Settings,
    SystemOutput,
    decimal_text,
    open_lines,
    split_amount,
    weighted,
)

SOURCE_SYSTEM = "online_retail"
HEADER = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
FIRST_DAY = date(2010, 12, 1)
LAST_DAY = date(2011, 12, 9)
CUSTOMERS = 350
QUIRK_CUSTOMERS = 12
GUEST_ORDERS = 75
GUEST_CREDITS = 20
WRITE_OFFS = 120
FOUND_STOCK = 40

GROUPS = (
    Group(
        "loyal_frequent",
        0.16,
        {"recency_days": 6, "tenure_days": 350, "orders": 14, "amount": 6500},
    ),
    Group("steady", 0.28, {"recency_days": 30, "tenure_days": 270, "orders": 5, "amount": 1500}),
    Group("newcomer", 0.20, {"recency_days": 12, "tenure_days": 20, "orders": 1, "amount": 320}),
    Group(
        "big_spender_lapsed",
        0.14,
        {"recency_days": 190, "tenure_days": 340, "orders": 5, "amount": 7000},
    ),
    Group("one_time", 0.22, {"recency_days": 230, "tenure_days": 250, "orders": 1, "amount": 180}),
)
SPREAD = {"recency_days": 0.5, "tenure_days": 0.15, "orders": 0.24, "amount": 0.45}

HOME = "United Kingdom"
ABROAD = {
    "Germany": 20,
    "France": 18,
    "EIRE": 8,
    "Spain": 7,
    "Belgium": 6,
    "Switzerland": 5,
    "Portugal": 4,
    "Norway": 4,
    "Netherlands": 3,
    "Channel Islands": 3,
    "Australia": 2,
    "Japan": 2,
    "Cyprus": 2,
    "USA": 1,
}
FORM = (
    "BUNTING",
    "CAKE STAND",
    "CANDLE HOLDER",
    "COASTER SET",
    "CUSHION COVER",
    "DOORSTOP",
    "EGG CUP",
    "GIFT BAG",
    "HOOK RAIL",
    "JAM JAR",
    "LUNCH TIN",
    "MUG",
    "NOTEBOOK",
    "PHOTO FRAME",
    "PLANTER",
    "RIBBON REEL",
    "STORAGE BOX",
    "TEA TOWEL",
    "TRINKET TRAY",
    "WALL CLOCK",
)
MOTIF = (
    "BADGER",
    "BLUEBELL",
    "BRAMBLE",
    "CARAVAN",
    "CHECKERED",
    "CLOUDBERRY",
    "FERN",
    "GINGER CAT",
    "HARBOUR",
    "HAYLOFT",
    "LIGHTHOUSE",
    "MOONBEAM",
    "ORCHARD",
    "PADDLE BOAT",
    "PEBBLE",
    "SEASHORE",
    "SKYLARK",
    "THISTLE",
    "TOADSTOOL",
    "WOODLAND",
)
PRICES = (390, 420, 550, 850, 1250, 1450, 1650, 1950, 2100, 2550, 2950, 3750, 4250, 4950, 7950)
HIGH_PRICES = (9950, 12750, 14950)
STOCK_REMARKS = ("", "", "", "", "damages", "check", "?", "thrown away", "Unsaleable, destroyed.")
FOUND_REMARKS = ("", "", "found", "adjustment", "check")

# (stock code, description, mills) of the lines that are no products
POSTAGE = ("POST", "POSTAGE", 18_000)
MANUAL = ("M", "Manual", 12_500)
MANUAL_LOWER = ("m", "Manual", 2_550)
DISCOUNT = ("D", "Discount", 14_880)
CARRIAGE = ("C2", "CARRIAGE", 50_000)
WEB_POSTAGE = ("DOT", "DOTCOM POSTAGE", 164_370)
BANK_CHARGES = ("BANK CHARGES", "Bank Charges", 15_000)
MARKETPLACE_FEE = ("AMAZONFEE", "AMAZON FEE", 5_876_400)
CHARITY = ("CRUK", "CRUK Commission", 52_240)
SAMPLES = ("S", "SAMPLES", 33_050)
VOUCHER = ("gift_0001_20", "Dotcomgiftshop Gift Voucher £20.00", 16_670)
CUSHION_PADS = ("PADS", "PADS TO MATCH ALL CUSHIONS", 1)
BAD_DEBT_MILLS = 9_318_270

Line = tuple[str, str, int, int]
"""Stock code, description, quantity, unit price in mills (thousandths of a pound)."""


@dataclass(slots=True)
class Invoice:
    """One planned invoice; its lines are given, or follow from `stream` and `mills`.

    Attributes:
        moment: of its first line.
        customer: customer id, empty for a guest.
        country: as written on every line.
        prefix: of the invoice number: empty, `C` (cancellation) or `A` (adjustment).
        lines: None for an ordinary sale, whose lines are made when needed.
        extra: lines after the ordinary ones (postage, gifts ...).
        stream: name of the sale's random stream.
        mills: value aimed at, in thousandths of a pound.
        split: whether the second half of the lines is stamped a minute later.
    """

    moment: datetime
    customer: str
    country: str
    prefix: str = ""
    lines: list[Line] | None = None
    extra: tuple[Line, ...] = ()
    stream: str = ""
    mills: int = 0
    split: bool = False


def _catalogue(rng: Random) -> list[tuple[str, str, int]]:
    """Return (stock code, description, mills) per product, best sellers first."""
    codes = rng.sample(range(20600, 23900), len(FORM) * len(MOTIF))
    names = [(motif, form) for motif in MOTIF for form in FORM]
    rng.shuffle(names)
    products = []
    for place, (code, (motif, form)) in enumerate(zip(codes, names, strict=True)):
        description = f"{motif} {form}"
        if place % 23 == 5:
            description = f"{form} , {motif}"
        elif place % 29 == 7:
            description = f'{motif} {form} 7" SIZE'
        if place % 5 == 2:
            description += " "
        elif place % 41 == 3:
            description = " " + description
        suffix = "ABCD"[place % 4] if place % 6 == 1 else ""
        mills = rng.choice(HIGH_PRICES if rng.random() < 0.08 else PRICES)
        products.append((f"{code}{suffix}", description, mills))
    return products


def _trading_day(day: date) -> date:
    """Return the day or the trading day before it: no Saturday, not Christmas to 3 January."""
    while day.weekday() == 5 or date(2010, 12, 24) <= day <= date(2011, 1, 3):
        day -= timedelta(days=1)
    return day


def _at(rng: Random, day: date) -> datetime:
    return datetime.combine(day, time(8 + rng.randrange(11), rng.randrange(60)))


class _Planner:
    """Plans all invoices of a run; `invoices` is in no particular order until sorted."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.population = Population(GROUPS, SPREAD, settings.separation)
        self.catalogue = _catalogue(settings.rng(SOURCE_SYSTEM, "catalogue"))
        self.invoices: list[Invoice] = []
        self.truth: list[tuple[str, str, str]] = []

    def plan(self) -> None:
        """Plan customers, guests and stock corrections."""
        scale = self.settings.scale
        count = CUSTOMERS * scale
        rng = self.settings.rng(SOURCE_SYSTEM, "customers")
        ids = sorted(rng.sample(range(12347, 12347 + max(5941, 2 * count)), count))
        groups = self.population.assign(rng, count - QUIRK_CUSTOMERS * scale)
        quirk_places = set(rng.sample(range(count), QUIRK_CUSTOMERS * scale))
        seen = dict.fromkeys((group.name for group in GROUPS), 0)
        quirks = 0
        for place, number in enumerate(ids):
            customer = str(number)
            if place in quirk_places:
                self._quirk_customer(customer, quirks % QUIRK_CUSTOMERS)
                quirks += 1
                group = QUIRK
            else:
                group = groups.pop()
                self._customer(customer, group, seen[group])
                seen[group] += 1
            self.truth.append((SOURCE_SYSTEM, customer, group))
        for block in range(scale):
            self._guests(block)

    def lines(self, invoice: Invoice) -> list[Line]:
        """Return an invoice's lines; the same on every call."""
        if invoice.lines is not None:
            return invoice.lines
        rng = self.settings.rng(SOURCE_SYSTEM, "lines", invoice.stream)
        count = 1 + min(int(rng.expovariate(1 / 8)), invoice.mills // 5_000, 60)
        chosen: list[Line] = []
        taken: set[str] = set()
        for mills in split_amount(rng, invoice.mills, count):
            code, description, price = self.catalogue[int(len(self.catalogue) * rng.random() ** 2)]
            if code in taken:
                continue
            taken.add(code)
            quantity = max(1, round(mills / price))
            if quantity > 8:
                quantity = 6 * round(quantity / 6)
            chosen.append((code, description, quantity, price))
            if rng.random() < 0.008:
                chosen.append(chosen[-1])
        return chosen + list(invoice.extra)

    def _sale(
        self,
        customer: str,
        country: str,
        moment: datetime,
        order: int,
        mills: int,
        extra: Sequence[Line] = (),
    ) -> Invoice:
        invoice = Invoice(
            moment,
            customer,
            country,
            extra=tuple(extra),
            stream=f"{customer}:{order}",
            mills=mills,
        )
        self.invoices.append(invoice)
        return invoice

    def _credit(self, customer: str, country: str, moment: datetime, lines: Sequence[Line]) -> None:
        """Plan a cancellation of the given lines; their quantities turn negative."""
        negative = [
            (code, description, -quantity, price) for code, description, quantity, price in lines
        ]
        self.invoices.append(Invoice(moment, customer, country, "C", negative))

    def _customer(self, customer: str, group: str, nth: int) -> None:
        """Plan an ordinary customer, the `nth` of his group."""
        rng = self.settings.rng(SOURCE_SYSTEM, "customer", customer)
        drawn = self.population.draw(rng, group)
        longest = (LAST_DAY - FIRST_DAY).days
        since_last = min(longest, max(1, round(drawn["recency_days"]))) - 1
        since_first = min(longest, max(since_last, round(drawn["tenure_days"])))
        count = max(1, round(drawn["orders"]))
        ages = [since_last]
        if count > 1:
            ages += [since_first] + [rng.randint(since_last, since_first) for _ in range(count - 2)]
        days = sorted(_trading_day(LAST_DAY - timedelta(days=age)) for age in ages)
        if count > 3 and nth % 10 == 4:
            days[1] = days[2]
        country = HOME if rng.random() < 0.88 else weighted(rng, ABROAD)
        if group == "one_time" and nth % 40 == 3:
            country = "Unspecified"
        elif group == "newcomer" and nth % 60 == 5:
            country = "European Community"
        orders = []
        values = split_amount(rng, round(drawn["amount"] * 1000), count, evenness=0.6)
        for order, (day, mills) in enumerate(zip(days, values, strict=True)):
            here = country
            if group == "steady" and nth % 30 == 6 and order >= count // 2:
                here = "Belgium" if country == HOME else HOME
            extra = self._extras(rng, here, mills)
            invoice = self._sale(customer, here, _at(rng, day), order, mills, extra)
            invoice.split = group == "loyal_frequent" and nth % 10 == 1 and order == 1
            orders.append(invoice)
        self._credits(rng, customer, group, nth, orders)

    def _extras(self, rng: Random, country: str, mills: int) -> list[Line]:
        """Return lines beside the products, small against the order."""
        extra: list[Line] = []
        if country not in (HOME, "EIRE", "Channel Islands") and mills > 150_000:
            extra.append((*POSTAGE[:2], 1 + mills // 900_000, POSTAGE[2]))
        if country in ("EIRE", "Channel Islands") and mills > 400_000:
            extra.append((*CARRIAGE[:2], 1, CARRIAGE[2]))
        if mills > 200_000:
            chance = rng.random()
            if chance < 0.015:
                extra.append((*MANUAL[:2], 1, MANUAL[2]))
            elif chance < 0.030:
                code, description, _ = rng.choice(self.catalogue)
                extra.append((code, description, rng.choice((1, 2, 12)), 0))
            elif chance < 0.035:
                extra.append((*CUSHION_PADS[:2], 1, CUSHION_PADS[2]))
        return extra

    def _credits(
        self, rng: Random, customer: str, group: str, nth: int, orders: list[Invoice]
    ) -> None:
        """Plan an ordinary customer's cancellations, small against his spend."""
        closing = datetime.combine(LAST_DAY, time(12))
        for invoice in orders:
            later = invoice.moment + timedelta(days=rng.randint(1, 20), minutes=rng.randint(0, 90))
            later = datetime.combine(_trading_day(later.date()), later.time())
            if rng.random() > 0.14 or len(orders) == 1 or not invoice.moment < later < closing:
                continue
            bought = self.lines(invoice)
            code, description, quantity, price = rng.choice(bought)
            if rng.random() < 0.5:
                quantity = max(1, quantity // 3)
            if 0 < 4 * price * quantity < invoice.mills:
                back = [(code, description, quantity, price)]
                self._credit(customer, invoice.country, later, back)
        first = orders[0]
        if group == "loyal_frequent" and nth % 6 == 2:
            # bought before the file begins: no purchase line matches
            moment = _at(rng, FIRST_DAY + timedelta(days=rng.randrange(3)))
            code, description, price = rng.choice(self.catalogue)
            self._credit(customer, first.country, moment, [(code, description, 2, price)])
        if group == "loyal_frequent" and nth % 18 == 4:
            # a whole order is taken back, over an hour later
            again = self._sale(
                customer, first.country, first.moment + timedelta(minutes=40), 900, 90_000
            )
            moment = again.moment + timedelta(minutes=75)
            self._credit(customer, again.country, moment, self.lines(again))
        if group == "loyal_frequent" and nth == 0:
            for month in (3, 6, 9):
                moment = datetime(2011, month, 28, 15, 41)
                self._credit(customer, first.country, moment, [(*CHARITY[:2], 1, CHARITY[2])])
        special = {3: DISCOUNT, 7: MANUAL, 11: POSTAGE, 15: CARRIAGE}.get(nth % 24)
        if group == "steady" and special:
            moment = orders[-1].moment + timedelta(minutes=25)
            self._credit(customer, first.country, moment, [(*special[:2], 1, special[2])])

    def _quirk_customer(self, customer: str, kind: int) -> None:
        """Plan a customer who exists for an oddity: `kind` 0 to 11."""
        rng = self.settings.rng(SOURCE_SYSTEM, "customer", customer)
        day = _trading_day(date(2011, 1, 10) + timedelta(days=rng.randrange(300)))
        moment = _at(rng, day)
        code, description, price = rng.choice(self.catalogue)
        if kind <= 4:  # cancellations only
            self._credit(customer, HOME, moment, [(code, description, 1 + 3 * kind, price)])
            if kind == 4:
                later = moment + timedelta(hours=1)
                self._credit(customer, HOME, later, [(*MANUAL[:2], 1, MANUAL[2])])
        elif kind == 5:  # one huge order, taken back within the hour
            huge = [(code, description, 61_840, 1_040)]
            self.invoices.append(Invoice(moment, customer, HOME, lines=huge))
            self._credit(customer, HOME, moment + timedelta(minutes=14), huge)
        elif kind <= 8:  # everything comes back; the last of them ordered twice
            for order in range(1 + (kind == 8)):
                sale = self._sale(
                    customer, HOME, moment + timedelta(days=order), order, 140_000 + 30_000 * kind
                )
                self._credit(customer, HOME, sale.moment + timedelta(minutes=90), self.lines(sale))
        elif kind == 9:  # pays for a repair and its postage: no product at all
            manual = [(*MANUAL[:2], 2, MANUAL[2]), (*POSTAGE[:2], 1, POSTAGE[2])]
            self.invoices.append(Invoice(moment, customer, HOME, lines=manual))
        elif kind == 10:  # a small order, months later a huge one that is taken back
            small = datetime(2010, 12, 7, 9, 31)
            self.invoices.append(
                Invoice(small, customer, HOME, lines=[(code, description, 1, price)])
            )
            huge = [(code, description, 48_600, 2_080)]
            self.invoices.append(Invoice(moment, customer, HOME, lines=huge))
            self._credit(customer, HOME, moment + timedelta(minutes=12), huge)
        else:  # receives one free article
            self.invoices.append(
                Invoice(moment, customer, HOME, lines=[(code, description, 24, 0)])
            )

    def _guests(self, block: int) -> None:
        """Plan what has no customer: web orders, credits, fees, adjustments, stock corrections."""
        rng = self.settings.rng(SOURCE_SYSTEM, "guests", block)
        for order in range(GUEST_ORDERS):
            lines = self._guest_lines(rng)
            invoice = Invoice(self._any_moment(rng), "", HOME, lines=lines)
            if block == 0 and order == 0:
                invoice.moment = datetime(2010, 12, 1, 8, 26)
            elif block == 0 and order == 1:
                invoice.moment = datetime(2011, 12, 9, 12, 50)
            elif order == 2:
                invoice.country = "Hong Kong"
                lines.append((*POSTAGE[:2], 3, POSTAGE[2]))
            elif order == 3:
                invoice.country = "Unspecified"
            elif order in (4, 5):
                lines.append((*VOUCHER[:2], 1, VOUCHER[2]))
            elif order == 6:
                lines.append((*MANUAL_LOWER[:2], 1, MANUAL_LOWER[2]))
            self.invoices.append(invoice)
            if order < GUEST_CREDITS:
                back = lines[: 1 + order % 2]
                later = invoice.moment + timedelta(minutes=60)
                self._credit("", invoice.country, later, back)
        for fee in (BANK_CHARGES, MARKETPLACE_FEE, SAMPLES, WEB_POSTAGE):
            line = (*fee[:2], 1, fee[2])
            self.invoices.append(Invoice(self._any_moment(rng), "", HOME, lines=[line]))
            for _ in range(3):
                self._credit("", HOME, self._any_moment(rng), [line])
        bad_debt = datetime(2011, 8, 12, 14, 50)
        for minute, sign in enumerate((1, -1, -1)):
            debt = ("B", "Adjust bad debt", 1, sign * BAD_DEBT_MILLS)
            moment = bad_debt + timedelta(minutes=minute)
            self.invoices.append(Invoice(moment, "", HOME, "A", [debt]))
        for correction in range(WRITE_OFFS + FOUND_STOCK):
            code = rng.choice(self.catalogue)[0]
            if correction < WRITE_OFFS:
                line = (code, rng.choice(STOCK_REMARKS), -rng.randint(1, 240), 0)
            else:
                line = (code, rng.choice(FOUND_REMARKS), rng.randint(1, 180), 0)
            self.invoices.append(Invoice(self._any_moment(rng), "", HOME, lines=[line]))

    def _guest_lines(self, rng: Random) -> list[Line]:
        """Return a web order: single pieces, some stock codes in lower case, postage at the end."""
        lines = []
        for code, description, price in rng.sample(self.catalogue, rng.randint(20, 65)):
            spelling = code.lower() if rng.random() < 0.5 else code
            lines.append((spelling, description, 1 + int(rng.expovariate(0.6)), price))
        if rng.random() < 0.6:
            lines.append((*WEB_POSTAGE[:2], 1, WEB_POSTAGE[2]))
        return lines

    def _any_moment(self, rng: Random) -> datetime:
        """Return a moment from the second day to the day before the last."""
        days = (LAST_DAY - FIRST_DAY).days
        return _at(rng, _trading_day(FIRST_DAY + timedelta(days=rng.randrange(1, days))))


def write(out: Path, settings: Settings) -> SystemOutput:
    """Write the invoice lines, in order of invoice number, which is the order of time.

    Raises:
        OSError: the file cannot be written.
    """
    planner = _Planner(settings)
    planner.plan()
    planner.invoices.sort(key=lambda invoice: invoice.moment)
    numbers = settings.rng(SOURCE_SYSTEM, "numbers")
    number = 536365
    with open_lines(out / "online_retail" / "online_retail.csv.gz") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for invoice in planner.invoices:
            lines = planner.lines(invoice)
            for place, (code, description, quantity, mills) in enumerate(lines):
                moment = invoice.moment
                if invoice.split and 2 * place >= len(lines):
                    moment += timedelta(minutes=1)
                writer.writerow(
                    (
                        f"{invoice.prefix}{number}",
                        code,
                        description,
                        quantity,
                        moment,
                        decimal_text(mills, 3),
                        invoice.customer,
                        invoice.country,
                    )
                )
            number += 1 + (numbers.random() < 0.1)
    return SystemOutput([file.written()], planner.truth)
