"""Members of a programme, month end by month end, and what customers lack to enter it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, Decimal

import duckdb

from customer_segments.passport.judging import add_months
from customer_segments.passport.measures import Tally, shown
from customer_segments.passport.records import ZERO, Fact, Facts, counted

HIGH, MIDDLE, LOW = "H", "M", "L"

RULES = "select * from rules.programme_rules where source_system = ? order by programme"


@dataclass(frozen=True)
class ProgrammeRule:
    """A row of the seed programme_rules.

    Attributes:
        programme: its name.
        source_system: whose customers it is for.
        window_days: days before a month end that count; None for the lifetime.
        orders_enter_from: orders that it takes to enter; None where they do not matter.
        orders_leave_below: a member with fewer is below.
        amount_measure: net_amount or gross_amount; None where amounts do not matter.
        amount_enter_from: amount that it takes to enter.
        amount_leave_below: a member with less is below.
        months_below: month ends in a row after which a member is out.
        minimum_stay_months: months after entering before which nobody is out.
    """

    programme: str
    source_system: str
    window_days: int | None
    orders_enter_from: int | None
    orders_leave_below: int | None
    amount_measure: str | None
    amount_enter_from: Decimal | None
    amount_leave_below: Decimal | None
    months_below: int
    minimum_stay_months: int

    def value(self, tally: Tally, month_end: date) -> tuple[int | None, Decimal | None]:
        """Orders and amount that count at a month end; None for what does not matter."""
        then = as_of(tally, month_end)
        amount = then.gross_within if self.amount_measure == "gross_amount" else then.net_within
        return (
            None if self.orders_enter_from is None else then.orders_within(self.window_days),
            None if self.amount_enter_from is None else amount(self.window_days),
        )

    def standing(self, value: tuple[int | None, Decimal | None]) -> str:
        """Whether a value is enough to enter, low enough to leave, or in the middle."""
        orders, amount = value
        enough = (
            orders is None or orders >= self.orders_enter_from,
            amount is None or amount >= self.amount_enter_from,
        )
        too_little = (
            orders is not None and orders < self.orders_leave_below,
            amount is not None and amount < self.amount_leave_below,
        )
        return HIGH if all(enough) else LOW if any(too_little) else MIDDLE


def read_rules(connection: duckdb.DuckDBPyConnection, source_system: str) -> list[ProgrammeRule]:
    """The rules of a source system, by programme."""
    return [ProgrammeRule(*row) for row in connection.execute(RULES, [source_system]).fetchall()]


def members_since(
    standings: Sequence[str], months_below: int, minimum_stay_months: int
) -> list[int | None]:
    """Go through the months as the rule is told.

    Args:
        standings: of one customer, month end by month end.
        months_below: month ends in a row after which a member is out.
        minimum_stay_months: months after entering before which nobody is out.

    Returns:
        By month the position of the one of entering, for a member; None for who is none.
    """
    since, below, found = None, 0, []
    for month, standing in enumerate(standings):
        below = below + 1 if standing == LOW else 0
        if since is None and standing == HIGH:
            since = month
        elif since is not None and below >= months_below and month - since >= minimum_stay_months:
            since = None
        found.append(since)
    return found


def as_of(tally: Tally, month_end: date) -> Tally:
    """The tally as of a month end, which may be later than what is known."""
    before = [event for event in tally.events if event.day < month_end]
    return replace(tally, as_of=month_end, events=before)


def month_ends(tally: Tally, last: date) -> list[date]:
    """The close of each month from the customer's first day up to a date; none of a later start."""
    first = add_months(min(event.day for event in tally.events).replace(day=1), 1)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    return [add_months(first, number) for number in range(max(months, 0))]


def outlook(tally: Tally, rule: ProgrammeRule, mean_order_amount: Decimal | None) -> Facts:
    """Columns of programme_outlook but for the keys."""
    last = tally.as_of.replace(day=1)
    coming = add_months(last, 1)
    # By then every day has left the window, and whoever has to drop out has done so.
    slowest = (rule.window_days or 0) // 28 + rule.months_below + rule.minimum_stay_months + 2
    months = month_ends(tally, add_months(last, slowest))
    standings = [rule.standing(rule.value(tally, month)) for month in months]
    since = dict(
        zip(
            months,
            members_since(standings, rule.months_below, rule.minimum_stay_months),
            strict=True,
        )
    )
    entered = since.get(last)
    is_member = entered is not None
    orders, amount = rule.value(tally, coming)
    asked_orders = rule.orders_leave_below if is_member else rule.orders_enter_from
    asked_amount = rule.amount_leave_below if is_member else rule.amount_enter_from
    lacking = ZERO if amount is None else max(asked_amount - amount, ZERO)
    orders_to_go = 0 if orders is None else max(asked_orders - orders, 0)
    lacking_orders = max(orders_to_go, 1 if lacking else 0)
    asked = " and ".join(_asked(asked_orders, asked_amount, rule))
    purpose = f"{'not to be below' if is_member else 'to enter'} on {coming} it takes {asked}"
    within = f"the {rule.window_days} days" if rule.window_days else "all days"
    idle = f"of {within} before {coming}, with what is known on {tally.as_of}"
    then = as_of(tally, coming)
    rows = tuple(event.row for event in then.last(rule.window_days, then.events))
    out = _out(since, entered, last) if is_member else None
    return {
        "member_since": Fact(
            months[entered] if is_member else None,
            f"first month end with enough, not out up to {last}" if is_member else "no member",
        ),
        "next_month_end": Fact(coming, f"the first one after {tally.as_of}"),
        "drop_out_date": Fact(
            out,
            _out_words(rule, out) if is_member else "no member",
        ),
        "idle_order_count": Fact(
            orders,
            f"orders {idle}" if orders is not None else "the programme asks for no orders",
            rows if orders is not None else (),
        ),
        "idle_amount": Fact(
            amount,
            f"{rule.amount_measure} {idle}"
            if amount is not None
            else "the programme asks for no amount",
            rows if amount is not None else (),
        ),
        "lacking_order_count": Fact(lacking_orders, purpose),
        "lacking_amount": Fact(lacking, purpose),
        "next_step": Fact(
            _step(lacking_orders, lacking, coming, is_member=is_member),
            "what is lacking, in words",
        ),
        "is_member": Fact(is_member, f"at the month end of {last}"),
        "is_one_step_away": Fact(
            not is_member and lacking_orders == 1 and lacking <= (mean_order_amount or ZERO),
            "no member, and lacks one order of no more than mean_order_amount",
        ),
    }


def _asked(orders: int | None, amount: Decimal | None, rule: ProgrammeRule) -> Iterator[str]:
    if orders is not None:
        yield counted(orders, "order")
    if amount is not None:
        yield f"{rule.amount_measure} {shown(amount)}"


def _out(since: dict[date, int | None], entered: int, last: date) -> date | None:
    """The first month end after `last` at which the stay is over."""
    return next((month for month, stay in since.items() if month > last and stay != entered), None)


def _out_words(rule: ProgrammeRule, out: date | None) -> str:
    if out is None:
        return "never below for long enough without another order"
    return (
        f"without another order below for {counted(rule.months_below, 'month end')} in a row by"
        f" then, {counted(rule.minimum_stay_months, 'month')} or more after entering"
    )


def _step(orders: int, amount: Decimal, month_end: date, *, is_member: bool) -> str:
    if orders == 0:
        what = "not below" if is_member else "enters"
        return f"Nothing: {what} at the next month end."
    of = f" of {amount.quantize(Decimal('0.01'), ROUND_CEILING)}" if amount else ""
    together = " in all" if amount and orders > 1 else ""
    purpose = "not to be below." if is_member else "to enter."
    return f"{counted(orders, 'order')}{of}{together} before {month_end}, {purpose}"
