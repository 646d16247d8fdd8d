"""Card holders in the format of Kaggle's "CC GENERAL.csv" (`credit_card/cc_general.csv`).

One row per card holder, aggregated over the months on book (tenure): months with one-off
purchases, instalments and cash advances are drawn first; money and frequencies follow from them.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from .common import Group, Population, Settings, SystemOutput, decimal_text, open_lines

SOURCE_SYSTEM = "credit_card"
HEADER = (
    "CUST_ID,BALANCE,BALANCE_FREQUENCY,PURCHASES,ONEOFF_PURCHASES,INSTALLMENTS_PURCHASES,"
    "CASH_ADVANCE,PURCHASES_FREQUENCY,ONEOFF_PURCHASES_FREQUENCY,"
    "PURCHASES_INSTALLMENTS_FREQUENCY,CASH_ADVANCE_FREQUENCY,CASH_ADVANCE_TRX,PURCHASES_TRX,"
    "CREDIT_LIMIT,PAYMENTS,MINIMUM_PAYMENTS,PRC_FULL_PAYMENT,TENURE"
)
CUSTOMERS = 400
NULL_MINIMUM_PAYMENTS = 14
OVER_ONE = 3
"""Card holders per scale step whose cash advances fall in more months than their tenure has."""

FULL_TENURE = 12
MICRO = 1_000_000


def _typical(
    balance: float,
    oneoff: tuple[float, float],
    instalments: tuple[float, float],
    cash: tuple[float, float],
    full_months: float,
    limit: float,
) -> dict[str, float]:
    """Return a group's centre; pairs are months of twelve, and money per such month."""
    return {
        "balance": balance,
        "oneoff_months": oneoff[0],
        "oneoff_amount": oneoff[1],
        "instalment_months": instalments[0],
        "instalment_amount": instalments[1],
        "cash_months": cash[0],
        "cash_amount": cash[1],
        "full_months": full_months,
        "limit": limit,
    }


GROUPS = (
    Group("transactor", 0.22, _typical(150, (9, 220), (4, 90), (0, 250), 9, 7000)),
    Group("revolver", 0.22, _typical(3600, (4, 70), (4, 60), (1, 220), 0, 5000)),
    Group("cash_advancer", 0.20, _typical(2300, (0, 60), (0, 50), (6, 600), 0, 4500)),
    Group("instalment_buyer", 0.20, _typical(260, (0, 80), (10, 60), (0, 200), 4, 3000)),
    Group("low_use", 0.16, _typical(30, (1, 45), (0, 40), (0, 120), 1, 1500)),
)
SPREAD = {
    "balance": 0.6,
    "oneoff_months": 0.25,
    "oneoff_amount": 0.5,
    "instalment_months": 0.25,
    "instalment_amount": 0.5,
    "cash_months": 0.25,
    "cash_amount": 0.5,
    "full_months": 0.25,
    "limit": 0.4,
}


def _share(months: int, tenure: int) -> str:
    return decimal_text(round(months * MICRO / tenure), 6)


def _months(drawn: float, tenure: int) -> int:
    """Scale months of a full year down to the tenure."""
    return min(tenure, round(drawn * tenure / FULL_TENURE))


def _money(rng: Random, drawn: float, months: int, places: int) -> int:
    """Return the total of `months` payments in units of `10**-places`; one in 40 is a big one."""
    if months == 0:
        return 0
    factor = 8 if rng.random() < 0.025 else 1
    return max(1, round(drawn * factor * months * 10**places * rng.uniform(0.9, 1.1)))


def _row(
    rng: Random, drawn: dict[str, float], no_minimum: bool, no_limit: bool, over_one: bool
) -> str:
    """Return one card holder's line without his id."""
    tenure = FULL_TENURE if rng.random() < 0.85 else rng.randint(6, 11)
    if over_one:
        tenure = 8
    oneoff_months = _months(drawn["oneoff_months"], tenure)
    instalment_months = _months(drawn["instalment_months"], tenure)
    cash_months = tenure + rng.randint(1, 2) if over_one else _months(drawn["cash_months"], tenure)
    purchase_months = rng.randint(
        max(oneoff_months, instalment_months), min(tenure, oneoff_months + instalment_months)
    )
    oneoff = _money(rng, drawn["oneoff_amount"], oneoff_months, 2)
    instalments = _money(rng, drawn["instalment_amount"], instalment_months, 2)
    purchases = oneoff + instalments
    if purchases and rng.random() < 0.01:
        purchases += rng.randint(2, 40)
    cash = _money(rng, drawn["cash_amount"], cash_months, 6)
    balance = round(drawn["balance"] * MICRO)
    limit = max(1, round(drawn["limit"] / 100)) * 100
    paid_share = rng.uniform(0.85, 1.1) if drawn["full_months"] >= 2 else rng.uniform(0.5, 0.9)
    payments = round((purchases * 10_000 + cash) * paid_share + balance * rng.uniform(0.1, 0.3))
    # a small share of the balance per month; at times arrears have piled up
    minimum = round(balance * 0.03 * tenure * rng.lognormvariate(0, 0.4)) + 40 * MICRO
    if rng.random() < 0.02:
        minimum *= 15
    if no_minimum and rng.random() < 0.75:
        payments = 0
    quiet = 0 if balance > 100 * MICRO else rng.randint(0, tenure // 2)
    trx = oneoff_months * rng.randint(1, 3) + instalment_months + rng.randint(0, purchase_months)
    return ",".join(
        (
            decimal_text(balance, 6),
            _share(tenure - quiet, tenure),
            decimal_text(purchases, 2),
            decimal_text(oneoff, 2),
            decimal_text(instalments, 2),
            decimal_text(cash, 6),
            _share(purchase_months, tenure),
            _share(oneoff_months, tenure),
            _share(instalment_months, tenure),
            _share(cash_months, tenure),
            str(cash_months * rng.randint(1, 3)),
            str(trx),
            "" if no_limit else str(limit),
            decimal_text(payments, 6),
            "" if no_minimum else decimal_text(minimum, 6),
            _share(0 if payments == 0 else _months(drawn["full_months"], tenure), tenure),
            str(tenure),
        )
    )


def write(out: Path, settings: Settings) -> SystemOutput:
    """Write the card holders in order of their ids.

    Raises:
        OSError: the file cannot be written.
    """
    population = Population(GROUPS, SPREAD, settings.separation)
    rng = settings.rng(SOURCE_SYSTEM, "customers")
    count = CUSTOMERS * settings.scale
    groups = population.assign(rng, count)
    numbers = sorted(rng.sample(range(10_001, 10_001 + count + count // 40), count))
    no_minimum = set(rng.sample(range(count), NULL_MINIMUM_PAYMENTS * settings.scale))
    no_limit = set(rng.sample(range(count), settings.scale))
    advancers = [place for place, group in enumerate(groups) if group == "cash_advancer"]
    over_one = set(rng.sample(advancers, OVER_ONE * settings.scale))
    truth = []
    with open_lines(out / "credit_card" / "cc_general.csv") as file:
        file.write(HEADER + "\r\n")
        for place, (number, group) in enumerate(zip(numbers, groups, strict=True)):
            customer_id = f"C{number}"
            own = settings.rng(SOURCE_SYSTEM, "customer", customer_id)
            row = _row(
                own,
                population.draw(own, group),
                place in no_minimum,
                place in no_limit,
                place in over_one,
            )
            file.write(f"{customer_id},{row}\r\n")
            truth.append((SOURCE_SYSTEM, customer_id, group))
    return SystemOutput([file.written()], truth)
