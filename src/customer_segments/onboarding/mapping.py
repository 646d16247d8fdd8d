"""Which column is what: by its name first, and only where its values can be it."""

from __future__ import annotations

from customer_segments.onboarding.dates import read_dates
from customer_segments.onboarding.draft import FORMAT_OPTION, Draft, Option, to_set
from customer_segments.onboarding.names import (
    NAMES,
    NUMBERS,
    REQUIRED,
    SUREST,
    TIMES,
    WEAKEST,
    nearest,
    normalised,
    strength,
)
from customer_segments.onboarding.profiling import filled
from customer_segments.onboarding.reading import Column
from customer_segments.onboarding.settings import NEEDED_COLUMNS, UsageError

READABLE_SHARE = 0.9
"""Share of the values that must be dates or numbers before a column is taken for such."""
FEW_ROWS = 100
"""In so few rows every customer may stand once."""
SCAN_ROWS = 10_000
"""Rows that are looked at in columns whose name says nothing."""
REPEATED_SHARE = 0.9
"""Share of the orders with one amount on all lines from which it looks like the order's total."""
FEW_ORDERS = 10
FLAGS = {"true", "t", "yes", "y", "1", "false", "f", "no", "n", "0"}
OFFERED = 6
"""Columns that a question offers."""


def decide_kind(draft: Draft, kind: str | None) -> None:
    """Decide between orders and interactions.

    Args:
        draft: gets `kind` and `why_kind`.
        kind: as set by the user; None leaves it to the settings and to the columns.

    Raises:
        UsageError: the user has set a column of the other kind.
    """
    why = "as set"
    formats = draft.settings.formats.keys() & NEEDED_COLUMNS.keys()
    for name in [*draft.settings.columns, *(NEEDED_COLUMNS[key] for key in sorted(formats))]:
        kinds = [this_kind for this_kind, names in NAMES.items() if name in names]
        if kind is None and len(kinds) == 1:
            (kind,) = kinds
            why = f"an answer is about {name}"
        if kind is not None and kind not in kinds:
            raise UsageError(
                f"--set {name}: {kind} have no such column. They have: {', '.join(NAMES[kind])}."
            )
    if kind is not None:
        draft.kind, draft.why_kind = kind, why
        return
    amount = _called(draft, "amount") or _called(draft, "unit_price")
    if amount is None:
        draft.kind = "interactions"
        draft.why_kind = "no column with numbers is called like an amount or a price"
        return
    draft.kind, draft.why_kind = "orders", f"`{amount}` holds amounts"
    event = _called(draft, "event_type", weakest=SUREST + 1)
    if event is not None:
        draft.ask(
            f"`{amount}` holds amounts and `{event}` events.",
            "In a file of orders every row is a purchase or a return; in one of interactions no row"
            " is money. It is read as orders for now.",
            Option("--as orders", "every row is a purchase or a return"),
            Option("--as interactions", "views, clicks, visits; the amounts are not used"),
        )


def map_columns(draft: Draft) -> None:
    """Map the columns of the file; ask where there is not exactly one for a name.

    Args:
        draft: with its kind; gets `matches`, `refused` and questions.

    Raises:
        UsageError: the settings name a column that the file does not have, or contradict.
    """
    for name, column in draft.settings.columns.items():
        if column and column not in draft.profiles:
            raise UsageError(
                f"--set {name}: the file has no column {column!r}."
                f"{nearest(column, draft.profiles)} It has: {', '.join(draft.profiles)}."
            )
        if column:
            draft.match(name, column, "as set")
    answers = draft.settings.columns
    for name in NAMES[draft.kind]:
        if name not in answers and not (name == "amount" and answers.get("unit_price")):
            _choose(draft, name)
    customer, time = REQUIRED[draft.kind]
    if draft.kind == "orders":
        _settle_amount(draft)
    if not {customer} & (draft.matches.keys() | draft.asked):
        _ask_for_customer(draft)
    if not {time} & (draft.matches.keys() | draft.asked):
        _look_for_dates(draft, time)
    if draft.kind == "orders":
        _ask_for_amount(draft)
        _ask_about_totals(draft)


def _called(draft: Draft, name: str, weakest: int = WEAKEST) -> str | None:
    """The column that is called most clearly like a name and whose values can be it."""
    found = [
        (tier, column.name)
        for column in draft.source.columns
        if (tier := strength(name, column.name)) is not None
        and tier <= weakest
        and not _problem(draft, name, column)
    ]
    return min(found)[1] if found else None


def _problem(draft: Draft, name: str, column: Column) -> str:
    """Why the values of a column cannot be what its name says; empty where they can."""
    facts = draft.profiles[column.name]
    if facts.filled_count == 0:
        return "it is empty"
    if name in TIMES and not column.is_time:
        share = draft.dates(column).read_share
        return "" if share >= READABLE_SHARE else f"only {share:.0%} of its values are dates"
    if name in NUMBERS:
        share = draft.number_share(column)
        return "" if share >= READABLE_SHARE else f"only {share:.0%} of its values are numbers"
    if name == "customer_id" and facts.is_unique and facts.row_count > FEW_ROWS:
        return "no value stands in two rows, so no customer would come back"
    if name == "line_id" and not (facts.is_unique and facts.blank_count == 0):
        return "it is no key of the rows: values are blank or stand in several rows"
    if name == "is_return" and any(v.lower() not in FLAGS for v in draft.values(column, OFFERED)):
        return "its values are not yes or no"
    return ""


def _choose(draft: Draft, name: str) -> None:
    """Take the column that is called most clearly like a name and whose values can be it."""
    tiers: dict[int, list[Column]] = {}
    for column in draft.free():
        tier = strength(name, column.name)
        if tier is None:
            continue
        problem = _problem(draft, name, column)
        if problem:
            draft.refused.setdefault(column.name, f"called like {name}, but {problem}")
        else:
            tiers.setdefault(tier, []).append(column)
    if not tiers:
        return
    best = tiers[min(tiers)]
    if len(best) == 1:
        draft.match(name, best[0].name, _why(draft, name, best[0]))
        return
    draft.asked.add(name)
    options = [Option(to_set(f"{name}={column.name}")) for column in best]
    if name not in REQUIRED[draft.kind]:
        options.append(Option(to_set(f"{name}="), "none of them"))
    columns = " and ".join(f"`{column.name}`" for column in best)
    draft.ask(f"{columns} are called like {name}.", "Only one of them can be it.", *options)


def _why(draft: Draft, name: str, column: Column) -> str:
    facts = draft.profiles[column.name]
    has_name = normalised(column.name) == normalised(name)
    why = "has this name" if has_name else f"called like {name}"
    if name == "customer_id":
        rows = facts.filled_count / facts.distinct_count
        return f"{why}; {facts.distinct_count:,} customers with {rows:,.1f} rows each"
    if name == "line_id":
        return f"{why}; no value stands in two rows"
    if name in TIMES:
        return f"{why}; its values are dates"
    return f"{why}; its values are numbers" if name in NUMBERS else why


def _settle_amount(draft: Draft) -> None:
    """Keep the amount, or quantity and unit price, never both.

    A column that is called just `price` is the amount where there is no quantity.
    """
    columns, price = draft.settings.columns, draft.matches.get("unit_price")
    if price is None:
        return
    if "amount" in draft.matches and columns.get("unit_price"):
        raise UsageError("Set amount, or quantity and unit_price, not both.")
    if "amount" in draft.matches:
        del draft.matches["unit_price"]
        draft.refused[price.column.name] = "called like unit_price, but amount is mapped"
    elif (
        strength("unit_price", price.column.name) == WEAKEST
        and "unit_price" not in columns
        and not {"quantity", "amount"} & (draft.matches.keys() | draft.asked)
        and "amount" not in columns
    ):
        del draft.matches["unit_price"]
        draft.match("amount", price.column.name, "a price, and there is no quantity")


def _look_for_dates(draft: Draft, name: str) -> None:
    """Find a column of dates whose name does not say so; ask where there is not exactly one."""
    found = [column for column in draft.free() if _holds_dates(draft, column)]
    if len(found) == 1:
        draft.match(name, found[0].name, "the only column whose values are dates")
        return
    seen = f"No column is called like {name} and holds dates."
    if found:
        options = [Option(to_set(f"{name}={column.name}")) for column in found]
        columns = ", ".join(f"`{column.name}`" for column in found)
        draft.ask(seen, f"Dates stand in {columns}.", *options)
        return
    called = [column.name for column in draft.free() if strength(name, column.name) is not None]
    looks = [
        f"`{column}` looks like {', '.join(draft.profiles[column].samples)}." for column in called
    ]
    draft.ask(
        seen,
        " ".join(["No known format reads the values of any column.", *looks]),
        *(
            Option(f"{to_set(f'{name}={column}')} {FORMAT_OPTION.command}", FORMAT_OPTION.meaning)
            for column in called or ["COLUMN"]
        ),
    )


def _holds_dates(draft: Draft, column: Column) -> bool:
    if not column.is_text:
        return column.is_time
    reading = read_dates(
        draft.connection,
        column,
        nothing=draft.nothing,
        given=draft.settings.texts("date_formats"),
        row_limit=SCAN_ROWS,
        digits_too=False,
    )
    return reading.read_share >= READABLE_SHARE


def _ask_for_customer(draft: Draft) -> None:
    called = [c for c in draft.free() if strength("customer_id", c.name) is not None]
    problems = [
        f"`{column.name}` is called like it, but {_problem(draft, 'customer_id', column)}."
        for column in called
    ]
    repeated = [
        facts
        for column in draft.free()
        if column not in called
        and not column.is_time
        and (facts := draft.profiles[column.name]).distinct_count > 1
        and not facts.is_unique
    ]
    repeated.sort(key=lambda facts: facts.distinct_count, reverse=True)
    offered = [draft.profiles[column.name] for column in called] + repeated
    options = [
        Option(to_set(f"customer_id={facts.column.name}"), f"{facts.distinct_count:,} customers")
        for facts in offered[:OFFERED]
    ]
    draft.ask(
        "No column is mapped to customer_id.",
        " ".join(problems) or "No column is called like it.",
        *options or [Option(to_set("customer_id=COLUMN"))],
    )


def _ask_for_amount(draft: Draft) -> None:
    if (
        {"amount"} & (draft.matches.keys() | draft.asked)
        or {"quantity", "unit_price"} <= draft.matches.keys()
        or {"quantity", "unit_price"} & draft.asked
    ):
        return
    columns = [
        column
        for column in (*draft.columns("unit_price"), *draft.free())
        if strength("amount", column.name) is not None
        or draft.number_share(column) >= READABLE_SHARE
    ]
    draft.ask(
        "No column is mapped to amount, nor to both quantity and unit_price.",
        "Orders need an amount in every row.",
        *(Option(to_set(f"amount={column.name}")) for column in columns[:OFFERED]),
        Option(to_set("quantity=COLUMN", "unit_price=COLUMN"), "their product"),
        Option("--as interactions", "no row is money"),
    )


def _ask_about_totals(draft: Draft) -> None:
    """Ask where the amount may be the total of the order, repeated on each of its lines."""
    if not {"amount", "order_id"} <= draft.matches.keys() or "amount" in draft.settings.columns:
        return
    amount, order = draft.columns("amount", "order_id")
    orders, repeated, amounts = draft.connection.execute(
        f"""
        select count(*), count(*) filter (amount_count = 1), count(distinct any_amount)
        from (
            select
                count(distinct {amount.sql}) as amount_count,
                min({amount.sql}) as any_amount
            from records
            where {filled(order, draft.nothing)}
            group by {order.sql}
            having count(*) > 1
        )
        """
    ).fetchone()
    if orders < FEW_ORDERS or amounts < 2 or repeated < REPEATED_SHARE * orders:
        return
    options = [
        Option(to_set(f"amount={amount.name}"), "it is the amount of the row"),
        Option(to_set("amount=COLUMN"), "another column is"),
        Option(to_set("amount=", "quantity=COLUMN", "unit_price=COLUMN"), "their product is"),
    ]
    draft.ask(
        f"{repeated:,} of {orders:,} orders with several rows have one `{amount.name}` on all.",
        "It may be the total of the order, and would then be counted once per row.",
        *options,
    )
