"""What the tables say of each customer, counted in plain Python from the rows of custom_data."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from custom_data import Entry


def sessions(rows: list[Entry], minutes: int = 30) -> list[date]:
    """Days on which the sessions of one customer open, by another way."""
    days: list[date] = []
    last: dict[str | None, datetime] = {}
    for row in sorted(rows, key=lambda row: row["at"]):
        before = last.get(row["visit"])
        if before is None or (
            row["visit"] is None and row["at"] - before > timedelta(minutes=minutes)
        ):
            days.append(row["at"].date())
        last[row["visit"]] = row["at"]
    return days


def visitors(rows: list[Entry], as_of: date, minutes: int = 30) -> dict[str, tuple[Any, ...]]:
    """Everything that is counted of interactions, by another way."""
    found = {}
    for user in {row["user"] for row in rows} - {None}:
        own = [row for row in rows if row["user"] == user and row["at"].date() < as_of]
        if own:
            days = {row["at"].date() for row in own}
            found[str(user)] = (
                len(own),
                len(sessions(own, minutes)),
                sum(row["kind"] in ("view", "click") for row in own),
                sum(row["kind"] == "click" for row in own),
                len({row["page"] for row in own} - {None}),
                (as_of - max(days)).days,
                len(days),
            )
    return found


VISITOR = (
    "interaction_count, session_count, impression_count, click_count, distinct_item_count,"
    " interaction_recency_days, active_day_count"
)


def buyers(rows: list[Entry], as_of: date) -> dict[str, tuple[Any, ...]]:
    """Everything that is counted of orders, by another way."""
    found = {}
    for client in {row["client"] for row in rows} - {None}:
        own = [row for row in rows if row["client"] == client and row["at"].date() < as_of]
        if not own:
            continue
        moved = [row for row in own if row["total"] != 0]
        back = [row for row in moved if row["is_back"] or row["total"] < 0]
        bought = [row for row in moved if row not in back]
        refunded = [row for row in bought if row["refund"]]
        days = [row["at"].date() for row in bought]
        gross = sum((row["total"] for row in bought), Decimal(0))
        returned = sum((abs(row["total"]) for row in back), Decimal(0))
        returned += sum((row["refund"] for row in refunded), Decimal(0))
        homes: dict[date, list[str]] = {}
        for row in moved:
            if row["land"]:
                homes.setdefault(row["at"].date(), []).append(row["land"])
        found[str(client)] = (
            len({row["order"] for row in bought}),
            len(bought),
            len({row["order"] for row in back + refunded}),
            gross,
            returned,
            gross - returned,
            (as_of - max(days)).days if days else None,
            len({row["sku"] for row in bought}),
            min(homes[max(homes)]) if homes else None,
        )
    return found


BUYER = (
    "order_count, purchase_line_count, return_count, gross_amount, returned_amount, net_amount,"
    " recency_days, distinct_product_count, country"
)
