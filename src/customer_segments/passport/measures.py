"""Events of one customer to recency, frequency, monetary and engagement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from customer_segments.passport.records import (
    ZERO,
    Business,
    Event,
    Fact,
    Facts,
    RawRow,
    counted,
)

RATIO_PLACES = 5
YEAR, QUARTER, MONTH = 365, 90, 30

CAUSED = " the customer caused"

MONEY = (
    "gross_amount",
    "returned_amount",
    "product_returned_amount",
    "net_amount",
    "net_amount_365d",
    "mean_order_amount",
    "return_count",
    "return_rate",
)
INTERACTION_COUNTS = (
    "interaction_count",
    "session_count",
    "impression_count",
    "click_count",
    "click_through_rate",
)


@dataclass(frozen=True)
class Behaviour:
    """What scores and fits look at: a customer's orders, or interactions.

    Attributes:
        recency_days: since the last one.
        frequency: orders or interactions.
        monetary_amount: money; None where there is none.
        engagement: active days in the last 90, or sessions.
    """

    recency_days: int
    frequency: int
    monetary_amount: Decimal | None
    engagement: int


@dataclass(frozen=True)
class Tally:
    """The events of one customer before the as-of date, and what is counted of them."""

    source_system: str
    business: Business
    as_of: date
    events: Sequence[Event]

    @cached_property
    def active(self) -> list[Event]:
        """Events that the customer caused."""
        return [event for event in self.events if event.is_active]

    @cached_property
    def purchases(self) -> list[Event]:
        """Purchase lines; customer postings of a bank."""
        return [event for event in self.events if event.order_id is not None]

    @cached_property
    def returns(self) -> list[Event]:
        """Events that give money back."""
        return [event for event in self.events if event.return_id is not None]

    @cached_property
    def interactions(self) -> list[Event]:
        """Sessions and interactions."""
        return [event for event in self.events if event.is_interaction]

    @cached_property
    def orders(self) -> dict[str, date]:
        """Day of each order: the first of its purchase lines."""
        days: dict[str, date] = {}
        for event in self.purchases:
            days[event.order_id] = min(event.day, days.get(event.order_id, event.day))
        return days

    def days_ago(self, day: date) -> int:
        """Calendar days from a day to the as-of date; 1 is the day before."""
        return (self.as_of - day).days

    def is_within(self, day: date, days: int | None) -> bool:
        """Whether a day is one of the last so many; None: any."""
        return days is None or self.days_ago(day) <= days

    def last(self, days: int | None, events: Iterable[Event]) -> list[Event]:
        """Events of the last so many days; None: all."""
        return [event for event in events if self.is_within(event.day, days)]

    def orders_within(self, days: int | None) -> int:
        """Orders that began in the last so many days."""
        return sum(self.is_within(day, days) for day in self.orders.values())

    @cached_property
    def gross(self) -> Decimal:
        """Amount of all purchases."""
        return self.gross_within(None)

    @cached_property
    def returned(self) -> Decimal:
        """Amount of all returns and refunds, as a positive number."""
        return sum((event.returned for event in self.returns), ZERO)

    def net_within(self, days: int | None) -> Decimal:
        """Gross less returned amount of the last so many days."""
        return sum((event.gross - event.returned for event in self.last(days, self.events)), ZERO)

    def gross_within(self, days: int | None) -> Decimal:
        """Gross amount of the last so many days."""
        return sum((event.gross for event in self.last(days, self.events)), ZERO)

    def not_recorded(self) -> Fact:
        """Null, because the source system has no such fact."""
        return Fact(None, f"{self.source_system} does not record it", is_recorded=False)


def ratio(
    numerator: float | Decimal, denominator: float | Decimal, places: int = RATIO_PLACES
) -> Decimal | None:
    """A quotient with so many decimals; None without a denominator.

    The project's ratios are the nearest DOUBLE, cast to DECIMAL, and DuckDB casts by multiplying
    with a power of 10: so an exact quotient that ends in a 5 may be rounded the other way.
    """
    if not denominator:
        return None
    scaled = float(numerator) / float(denominator) * 10**places
    return Decimal(scaled).quantize(Decimal(1), ROUND_HALF_UP).scaleb(-places)


def measures(tally: Tally) -> Facts:
    """Every column of the four customer marts but for the keys."""
    return recency(tally) | frequency(tally) | monetary(tally) | engagement(tally)


def recency(tally: Tally) -> Facts:
    """Columns of customer_recency: when the customer was first and last seen."""
    has_orders = tally.business.order_word is not None
    has_interactions = tally.business.interaction_word is not None
    clicks = [event for event in tally.events if event.clicks]
    facts = {
        "first_active_date": _first(tally.active, "event", CAUSED),
        "last_active_date": _last(tally.active, "event", CAUSED),
        "first_purchase_date": (
            _first(tally.purchases, "purchase") if has_orders else tally.not_recorded()
        ),
        "last_purchase_date": (
            _last(tally.purchases, "purchase") if has_orders else tally.not_recorded()
        ),
        "last_interaction_date": (
            _last(tally.interactions, tally.business.visit_word)
            if has_interactions
            else tally.not_recorded()
        ),
        "last_click_date": (
            _last(clicks, "event", " with a click")
            if tally.business.has_clicks
            else tally.not_recorded()
        ),
    }
    last_seen = facts["last_purchase_date"] if has_orders else facts["last_active_date"]
    return facts | {
        "recency_days": _days_since(tally, last_seen),
        "tenure_days": _days_since(tally, facts["first_active_date"]),
        "interaction_recency_days": _days_since(tally, facts["last_interaction_date"]),
        "click_recency_days": _days_since(tally, facts["last_click_date"]),
    }


def frequency(tally: Tally) -> Facts:
    """Columns of customer_frequency: how often the customer comes."""
    word, has_lines = tally.business.order_word, tally.business.has_lines
    active_days = {event.day for event in tally.active}
    facts = {
        "active_day_count": Fact(
            len(active_days),
            f"different days of {counted(len(tally.active), 'event')}{CAUSED}",
            _rows(tally.active),
        ),
        "purchase_line_count": (
            Fact(len(tally.purchases), "lines that are purchases", _rows(tally.purchases))
            if has_lines
            else tally.not_recorded()
        ),
    }
    if word is None:
        names = ("order_count", "order_count_365d", "mean_days_between_orders")
        return facts | {name: tally.not_recorded() for name in names}
    lines = counted(len(tally.purchases), "purchase line")
    orders = counted(len(tally.orders), word)
    how = f"{orders} with {lines}" if has_lines else f"{orders} of class customer"
    recent = [event for event in tally.purchases if tally.is_within(_order_day(tally, event), YEAR)]
    return facts | {
        "order_count": Fact(len(tally.orders), how, _rows(tally.purchases)),
        "order_count_365d": Fact(
            tally.orders_within(YEAR),
            f"{word}s that began in the {YEAR} days before {tally.as_of}",
            _rows(recent),
        ),
        "mean_days_between_orders": _mean_gap(tally),
    }


def monetary(tally: Tally) -> Facts:
    """Columns of customer_monetary: what the customer spends, and what comes back."""
    if tally.business.order_word is None:
        return _flows(tally) | {name: tally.not_recorded() for name in MONEY}
    return _flows(tally) | _spent(tally) | _given_back(tally)


def engagement(tally: Tally) -> Facts:
    """Columns of customer_engagement: how actively the customer uses the business."""
    return {
        "active_days_30d": _active_days(tally, MONTH),
        "active_days_90d": _active_days(tally, QUARTER),
        **_interaction_counts(tally),
        **_distinct_counts(tally),
    }


def order_behaviour(
    tally: Tally, window_days: int | None, monetary_measure: str
) -> Behaviour | None:
    """What scores and fits see of the orders; None without one."""
    if not tally.orders:
        return None
    amount = tally.gross_within if monetary_measure == "gross_amount" else tally.net_within
    return Behaviour(
        tally.days_ago(max(event.day for event in tally.purchases)),
        tally.orders_within(window_days),
        amount(window_days),
        len({event.day for event in tally.last(QUARTER, tally.active)}),
    )


def interaction_behaviour(tally: Tally, window_days: int | None) -> Behaviour | None:
    """What scores and fits see of the interactions; None without a session."""
    if not any(event.sessions for event in tally.events):
        return None
    recent = tally.last(window_days, tally.events)
    return Behaviour(
        tally.days_ago(max(event.day for event in tally.interactions)),
        sum(event.interactions for event in recent),
        None,
        sum(event.sessions for event in recent),
    )


def shown(amount: Decimal) -> str:
    """An amount for a reader: groups of three, at least two decimals, no zeros behind those."""
    whole, _, decimals = f"{amount:,f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def _rows(events: Iterable[Event]) -> tuple[RawRow, ...]:
    return tuple(event.row for event in events)


def _shown_rows(events: Iterable[Event]) -> tuple[RawRow, ...]:
    """Raw rows of impressions: the ads shown, where each has a row of its own."""
    return tuple(row for event in events for row in event.shown or (event.row,))


def _clicked_rows(events: Iterable[Event]) -> tuple[RawRow, ...]:
    """Raw rows of clicks: the ads clicked, where each has a row of its own."""
    return tuple(row for event in events for row in event.clicked or (event.row,))


def _first(events: Sequence[Event], word: str, which: str = "") -> Fact:
    return _edge(events, min, "first", word, which)


def _last(events: Sequence[Event], word: str, which: str = "") -> Fact:
    return _edge(events, max, "last", word, which)


def _edge(
    events: Sequence[Event],
    choose: Callable[[Iterable[date]], date],
    position: str,
    word: str,
    which: str,
) -> Fact:
    if not events:
        return Fact(None, f"no {word}{which}")
    day = choose(event.day for event in events)
    how = f"day of the {position} of {counted(len(events), word)}{which}"
    return Fact(day, how, tuple(event.row for event in events if event.day == day))


def _days_since(tally: Tally, seen: Fact) -> Fact:
    if seen.value is None:
        return Fact(None, seen.how, is_recorded=seen.is_recorded)
    return Fact(tally.days_ago(seen.value), f"{tally.as_of} - {seen.value}", seen.rows)


def _order_day(tally: Tally, event: Event) -> date:
    return tally.orders[event.order_id]


def _mean_gap(tally: Tally) -> Fact:
    days = {event.day for event in tally.purchases}
    if len(days) < 2:
        return Fact(None, f"needs two purchase days, there {'is one' if days else 'is none'}")
    span = (max(days) - min(days)).days
    how = f"{span:,} days from {min(days)} to {max(days)} / ({len(days):,} purchase days - 1)"
    return Fact(ratio(span, len(days) - 1), how, _rows(tally.purchases))


def _spent(tally: Tally) -> Facts:
    orders = counted(len(tally.orders), tally.business.order_word)
    lines = counted(len(tally.purchases), "purchase line")
    has_lines = tally.business.has_lines
    gross, returned = shown(tally.gross), shown(tally.returned)
    money = [event for event in tally.events if event.gross or event.returned]
    return {
        "gross_amount": Fact(
            tally.gross,
            f"sum of {lines} in {orders}" if has_lines else f"sum of {orders}",
            _rows(tally.purchases),
        ),
        "net_amount": Fact(
            tally.gross - tally.returned,
            f"gross {gross} ({f'{orders}, {lines}' if has_lines else orders})"
            f" - returned {returned}",
            _rows(money),
        ),
        "net_amount_365d": Fact(
            tally.net_within(YEAR),
            f"gross {shown(tally.gross_within(YEAR))} less what was returned, in the {YEAR} days"
            f" before {tally.as_of}",
            _rows(tally.last(YEAR, money)),
        ),
        "mean_order_amount": Fact(
            ratio(tally.gross, len(tally.orders)),
            f"gross {gross} / {orders}",
            _rows(tally.purchases),
        ),
        "return_rate": Fact(
            ratio(tally.returned, tally.gross),
            f"returned {returned} / gross {gross}",
            _rows(money),
        ),
    }


def _given_back(tally: Tally) -> Facts:
    lines = counted(len(tally.returns), "return line")
    of_products = [event for event in tally.returns if event.product_returned]
    return {
        "returned_amount": Fact(tally.returned, f"sum of {lines}", _rows(tally.returns)),
        "product_returned_amount": Fact(
            sum((event.product_returned for event in of_products), ZERO),
            f"the part of it for products: {counted(len(of_products), 'return line')}",
            _rows(of_products),
        ),
        "return_count": Fact(
            len({event.return_id for event in tally.returns}),
            f"different documents of {lines}",
            _rows(tally.returns),
        ),
    }


def _interaction_counts(tally: Tally) -> Facts:
    business, events = tally.business, tally.events
    counting = [event for event in events if event.interactions]
    sessions = [event for event in events if event.sessions]
    seen = [event for event in events if event.impressions]
    clicked = [event for event in events if event.clicks]
    impressions = sum(event.impressions for event in seen)
    clicks = sum(event.clicks for event in clicked)
    facts: Facts = {}
    if business.interaction_word is not None:
        interactions = sum(event.interactions for event in counting)
        how = counted(interactions, business.interaction_word)
        facts["interaction_count"] = Fact(interactions, how, _clicked_rows(counting))
        how = counted(len(sessions), business.session_word)
        facts["session_count"] = Fact(len(sessions), how, _rows(sessions))
    if business.has_impressions:
        how = f"impressions of {counted(len(seen), 'event')}"
        facts["impression_count"] = Fact(impressions, how, _shown_rows(seen))
    if business.has_clicks:
        how = f"clicks of {counted(len(clicked), 'event')}"
        facts["click_count"] = Fact(clicks, how, _clicked_rows(clicked))
    if business.has_impressions and business.has_clicks:
        how = f"{counted(clicks, 'click')} / {counted(impressions, 'impression')}"
        facts["click_through_rate"] = Fact(ratio(clicks, impressions), how, _shown_rows(seen))
    return {name: facts.get(name) or tally.not_recorded() for name in INTERACTION_COUNTS}


def _distinct_counts(tally: Tally) -> Facts:
    products = [event for event in tally.purchases if event.product_id is not None]
    items = [event for event in tally.events if event.item is not None]
    return {
        "distinct_product_count": (
            Fact(
                len({event.product_id for event in products}),
                f"different products of {counted(len(products), 'purchase line')}",
                _rows(products),
            )
            if tally.business.has_lines
            else tally.not_recorded()
        ),
        "distinct_item_count": (
            Fact(
                len({event.item for event in items}),
                f"different items of {counted(len(items), 'interaction')}",
                _rows(items),
            )
            if tally.business.has_items
            else tally.not_recorded()
        ),
    }


def _flows(tally: Tally) -> Facts:
    if not tally.business.has_flows:
        return {name: tally.not_recorded() for name in ("inflow_amount", "outflow_amount")}
    inflows = [event for event in tally.events if event.inflow]
    outflows = [event for event in tally.events if event.outflow]
    return {
        "inflow_amount": Fact(
            sum((event.inflow for event in inflows), ZERO),
            f"sum of {counted(len(inflows), 'posting')} of type PRIJEM, of every class",
            _rows(inflows),
        ),
        "outflow_amount": Fact(
            sum((event.outflow for event in outflows), ZERO),
            f"sum of {counted(len(outflows), 'posting')} of another type, of every class",
            _rows(outflows),
        ),
    }


def _active_days(tally: Tally, days: int) -> Fact:
    events = tally.last(days, tally.active)
    return Fact(
        len({event.day for event in events}),
        f"different days of {counted(len(events), 'event')} in the {days} days before"
        f" {tally.as_of}",
        _rows(events),
    )
