"""Bank accounts month by month, and what their months are like: the features of bank_sequences."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from customer_segments.passport.measures import Tally, ratio
from customer_segments.passport.records import ZERO, Event, Facts

FEWEST_MONTHS = 3
LEVEL_UNIT = 1000
PLACES = 6
CLASSES = ("customer", "standing", "inbound")
OWNER = ("age", "district_average_salary_amount", "district_urban_percentage")


@dataclass(frozen=True)
class Month:
    """A month of an account; `counts` are postings by class, without those of the bank."""

    inflow: Decimal
    outflow: Decimal
    balance: Decimal
    counts: Mapping[str, int]


def sequence_measures(tally: Tally, owner: Facts) -> dict[str, Any]:
    """What bank_sequences looks at beside the behaviour; nothing for who is not in its fit.

    Args:
        tally: of the account.
        owner: static facts of the account.
    """
    months = list(_months(tally))
    active = sum(month.counts["customer"] > 0 for month in months)
    if len(months) < FEWEST_MONTHS or not active:
        return {}
    count = len(months)
    amounts = {
        "inflow": [month.inflow for month in months],
        "outflow": [month.outflow for month in months],
        "balance": [month.balance for month in months],
    }
    found: dict[str, Any] = {
        "month_count": count,
        "active_month_share": ratio(active, count, PLACES),
    }
    for name, values in amounts.items():
        found[f"mean_{name}_amount"] = ratio(sum(values, ZERO), count)
        shape = _shape([_level(value) for value in values])
        found |= {f"{name}_{part}": value for part, value in shape.items()}
    for posting_class in CLASSES:
        total = sum(month.counts[posting_class] for month in months)
        found[f"monthly_{posting_class}_posting_count"] = ratio(total, count, PLACES)
    sex = owner["sex"].value
    found["is_female"] = None if sex is None else int(sex == "female")
    return found | {name: owner[name].value for name in OWNER}


def _months(tally: Tally) -> Iterator[Month]:
    """Every month from the first event to the last complete one."""
    by_month: dict[int, list[Event]] = {}
    for event in tally.events:
        by_month.setdefault(_number(event.day), []).append(event)
    balance = ZERO
    for number in range(min(by_month), _number(tally.as_of)):
        events = by_month.get(number, [])
        balance += sum((event.inflow - event.outflow for event in events), ZERO)
        classes = [event.details.get("posting_class") for event in events]
        others = [event for event in events if event.details.get("posting_class") != "bank"]
        yield Month(
            sum((event.inflow for event in others), ZERO),
            sum((event.outflow for event in others), ZERO),
            balance,
            {posting_class: classes.count(posting_class) for posting_class in CLASSES},
        )


def _number(day: date) -> int:
    return 12 * day.year + day.month


def _level(amount: Decimal) -> Decimal:
    """Inverse hyperbolic sine of an amount in thousands."""
    return _rounded(math.asinh(float(amount) / LEVEL_UNIT))


def _shape(levels: Sequence[Decimal]) -> dict[str, Decimal]:
    """Mean, scatter, slope and lag-1 autocorrelation of a sequence."""
    count = len(levels)
    mean = ratio(sum(levels, ZERO), count, PLACES)
    centred = [level - mean for level in levels]
    # Twice the months from the middle.
    steps = [2 * number - count - 1 for number in range(1, count + 1)]
    squares = sum((value * value for value in centred), ZERO)
    by_time = sum((step * value for step, value in zip(steps, centred, strict=True)), ZERO)
    products = sum((a * b for a, b in zip(centred[1:], centred[:-1], strict=True)), ZERO)
    return {
        "mean": mean,
        "deviation": _rounded(math.sqrt(float(squares) / count)),
        "trend": ratio(2 * by_time, sum(step * step for step in steps), PLACES) or ZERO,
        "autocorrelation": ratio(products, squares, PLACES) or ZERO,
    }


def _rounded(value: float) -> Decimal:
    """As DuckDB casts a DOUBLE to a DECIMAL."""
    return Decimal(value * 10**PLACES).quantize(Decimal(1), ROUND_HALF_UP).scaleb(-PLACES)
