"""What passes between the modules: raw rows, what was made of them, events, histories, facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

ZERO = Decimal(0)


@dataclass(frozen=True, eq=False, slots=True)
class RawRow:
    """A row of a raw table as published; equal rows are still two rows.

    Attributes:
        table: the publisher's name of the table.
        file: the file, relative to the data directory; the table of a row read through a mapping.
        cells: text by column, None where empty.
    """

    table: str
    file: str
    cells: Mapping[str, str | None]


@dataclass(eq=False, slots=True)
class Judged:
    """A raw row, read.

    Attributes:
        row: the raw row.
        customer_id: whom it names; None for nobody.
        day: of its event; None where it has none or it cannot be read.
        reason: why it cannot be used; None when it can.
        values: what its cells mean, by name.
        key: the id that only one row may have; None for a table without one.
    """

    row: RawRow
    customer_id: str | None
    day: date | None
    reason: str | None
    values: Mapping[str, Any]
    key: str | None = None


@dataclass(frozen=True, eq=False, slots=True)
class Event:
    """Something that happened on a day, and what it counts.

    Attributes:
        row: the raw row that says so.
        day: when.
        what: in a word or two, for the reader.
        is_active: whether the customer caused it.
        order_id: the order, of a purchase; None for what is none.
        return_id: the document, of a return or refund.
        product_id: the product, of a purchase of one.
        gross: amount of a purchase.
        returned: amount given back, positive.
        product_returned: the part of it that is for products.
        inflow: amount that came onto an account.
        outflow: amount that left it, positive.
        is_interaction: whether it is an interaction or a session, be it without any count.
        interactions: how many it counts for.
        sessions: 1 where a session opens.
        clicks: ads or links clicked.
        impressions: ads shown.
        item: page or product looked at.
        shown: raw rows of the ads shown.
        clicked: those of them that were clicked.
        details: what only its source system says of it, by raw column.
    """

    row: RawRow
    day: date
    what: str
    is_active: bool = True
    order_id: str | None = None
    return_id: str | None = None
    product_id: str | None = None
    gross: Decimal = ZERO
    returned: Decimal = ZERO
    product_returned: Decimal = ZERO
    inflow: Decimal = ZERO
    outflow: Decimal = ZERO
    is_interaction: bool = False
    interactions: int = 0
    sessions: int = 0
    clicks: int = 0
    impressions: int = 0
    item: str | None = None
    shown: tuple[RawRow, ...] = ()
    clicked: tuple[RawRow, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Fact:
    """One value of a customer, with its receipts. Facts are told apart by identity, not by value.

    Attributes:
        value: as the warehouse should have it; None is null.
        how: how it was computed, in words and with the numbers.
        rows: the raw rows it rests on.
        is_recorded: False where the source system does not have such a fact at all.
    """

    value: Any
    how: str
    rows: tuple[RawRow, ...] = ()
    is_recorded: bool = True


Facts = dict[str, Fact]


@dataclass(frozen=True, slots=True)
class Entry:
    """A raw row of a customer and what became of it.

    Attributes:
        row: the raw row.
        fate: used, rejected, after as-of, or beside (true, but no number depends on it).
        note: what it is, or why it was rejected.
        day: of its event.
    """

    row: RawRow
    fate: str
    note: str
    day: date | None = None


@dataclass
class History:
    """What the raw files say of one customer.

    Attributes:
        events: before the as-of date.
        entries: every raw row that concerns the customer.
        attributes: static facts, by column of `customers`.
        published: facts of a customer without events, by column of `credit_card_customers`.
    """

    events: list[Event] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    attributes: Facts = field(default_factory=dict)
    published: Facts = field(default_factory=dict)

    @property
    def is_customer(self) -> bool:
        """Whether there is a customer: any event, be it an account opened or goods for free."""
        return bool(self.events or self.published)


Histories = dict[str, History]


@dataclass(frozen=True)
class Business:
    """What a source system records: a fact that it does not have is null, never 0.

    Attributes:
        order_word: what an order is called; None where there are none.
        has_lines: whether orders have lines of products that can be returned.
        has_flows: whether money comes in and goes out.
        interaction_word: what an interaction is called; None where there are none.
        visit_word: what a row of them is called, be it without an interaction.
        session_word: what a session is called.
        has_clicks: whether clicks are recorded.
        has_impressions: whether ads shown are counted.
        has_items: whether pages or products looked at are recorded.
        attributes: the static attributes it has, columns of `customers`.
    """

    order_word: str | None = None
    has_lines: bool = False
    has_flows: bool = False
    interaction_word: str | None = None
    visit_word: str = "interaction"
    session_word: str = "session"
    has_clicks: bool = False
    has_impressions: bool = False
    has_items: bool = False
    attributes: tuple[str, ...] = ()


def counted(number: int, word: str) -> str:
    """`1 line`, `2 lines`, `3 searches`."""
    return f"{number:,} {word}{'' if number == 1 else 'es' if word.endswith('ch') else 's'}"
