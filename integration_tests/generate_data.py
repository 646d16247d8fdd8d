"""Write the data of the corner shop: seeds/ and data/, the same bytes on every run.

Usage: python generate_data.py [folder, by default the one this file is in]
"""

from __future__ import annotations

import csv
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

OPENED = datetime(2025, 1, 6, 9)
PRICES = [
    ("A1", "bakery", "3.20"),
    ("A2", "dairy", "1.35"),
    ("A3", "dairy", "4.90"),
    ("A4", "grocery", "7.99"),
    ("A5", "drinks", "6.50"),
]
CARDS_PER_GROUP = 35
# Four groups of card holders, one each in turn: days between two purchases, how many of them, the
# fewest pieces, and how many days of visits in the app.
GROUPS = [(21, 8, 2, 5), (40, 4, 25, 2), (7, 4, 2, 2), (1, 1, 1, 1)]

Row = tuple[Any, ...]


def at(day: int, minute: int = 0) -> datetime:
    """Time in the shop: `minute` after opening, on the n-th `day` since it opened."""
    return OPENED + timedelta(days=day, minutes=minute)


def till_lines() -> list[Row]:
    """Purchases of 140 cards and of guests, and what some bring back; the last card all of it."""
    lines: list[Row] = []
    for card in range(4 * CARDS_PER_GROUP):
        gap, count, pieces, _ = GROUPS[card % 4]
        first_day = card % 19 + (80 if card % 4 == 3 else 0)
        for n in range(count):
            article = f"A{(card + n) % 5 + 1}"
            day, minute = first_day + gap * n, 7 * card % 600
            lines.append((at(day, minute), f"C{card:03}", article, pieces + n % 2, "no"))
    lines += [(at(6 * n, 30), "", f"A{n % 5 + 1}", 1 + n % 3, "no") for n in range(28)]
    lines += [(at(170, card), f"C{card:03}", "A1", 1, "yes") for card in range(0, 140, 20)]
    (last,) = [line for line in lines if line[1] == "C139"]
    lines.append((at(171), *last[1:4], "yes"))
    lines.sort()
    return [(f"R{number:04}", *line) for number, line in enumerate(lines, 1)]


def app_visits() -> list[Row]:
    """Pages that card holders and guests looked at; five cards never bought anything."""
    visits: list[Row] = []
    for card in range(4 * CARDS_PER_GROUP + 5):
        gap, _, _, count = GROUPS[card % 4]
        first_day = card % 19 + (80 if card % 4 == 3 else 0)
        for n in range(count):
            minute = 7 * card % 600
            visits.append((at(first_day + gap * n, minute), f"C{card:03}", "offers"))
            if card % 4 == 0:
                visits.append((at(first_day + gap * n, minute + 5), f"C{card:03}", f"A{n % 5 + 1}"))
    visits += [(at(12 * n, 60), "", "offers") for n in range(12)]
    return sorted(visits)


def stall_sales() -> list[Row]:
    """What 20 regulars of the market stall spend on Saturdays."""
    return [
        (f"{at(5 + 7 * week):%Y-%m-%d}", customer, f"{1 + 2.5 * (1 + customer % 4):.2f}")
        for week in range(20)
        for customer in range(1, 21)
        if week % (2 + customer % 5) == 0
    ]


def write(path: Path, header: str, rows: list[Row]) -> None:
    """Write a CSV file; `header` names its columns, separated by commas."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def main(folder: Path) -> None:
    """Write every file below `folder`."""
    write(folder / "seeds/price_list.csv", "article,shelf,price", PRICES)
    write(
        folder / "seeds/till_lines.csv",
        "receipt,sold_at,card,article,pieces,brought_back",
        till_lines(),
    )
    write(folder / "seeds/app_visits.csv", "seen_at,card,page", app_visits())
    write(folder / "data/sales.csv", "ordered_at,customer_id,amount", stall_sales())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
