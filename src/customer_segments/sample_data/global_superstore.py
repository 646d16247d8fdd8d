"""Order lines in the format of Tableau's "Global Superstore" (`global_superstore.csv`).

Orders are planned per customer (dates and values follow from his drawn recency, number of orders
and spend) and written in date order; the lines of an order are a pure function of the order.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

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

SOURCE_SYSTEM = "superstore"
HEADER = (
    "Row ID",
    "Order ID",
    "Order Date",
    "Ship Date",
    "Ship Mode",
    "Customer ID",
    "Customer Name",
    "Segment",
    "City",
    "State",
    "Country",
    "Postal Code",
    "Market",
    "Region",
    "Product ID",
    "Category",
    "Sub-Category",
    "Product Name",
    "Sales",
    "Quantity",
    "Discount",
    "Profit",
    "Shipping Cost",
    "Order Priority",
)
FIRST_DAY = date(2011, 1, 1)
LAST_DAY = date(2014, 12, 31)
NAMES = 150
"""Customer names at scale 1; each has two customer ids."""

CALM = {"Medium": 0.62, "High": 0.28, "Critical": 0.05, "Low": 0.05}
URGENT = {"Medium": 0.40, "High": 0.40, "Critical": 0.17, "Low": 0.03}
MIXED = {"Furniture": 0.20, "Office Supplies": 0.60, "Technology": 0.20}
HEAVY = {"Furniture": 0.40, "Office Supplies": 0.20, "Technology": 0.40}
PAPER = {"Furniture": 0.10, "Office Supplies": 0.80, "Technology": 0.10}

GROUPS = (
    Group(
        "loyal_frequent",
        0.20,
        {"recency_days": 14, "tenure_days": 1350, "orders": 12, "amount": 6500},
        {"priority": URGENT, "category": MIXED},
    ),
    Group(
        "corporate_bulk",
        0.16,
        {"recency_days": 70, "tenure_days": 1250, "orders": 5, "amount": 19000},
        {"priority": URGENT, "category": HEAVY},
    ),
    Group(
        "newcomer",
        0.20,
        {"recency_days": 30, "tenure_days": 120, "orders": 2, "amount": 600},
        {"priority": CALM, "category": MIXED},
    ),
    Group(
        "lapsed",
        0.22,
        {"recency_days": 560, "tenure_days": 1300, "orders": 5, "amount": 2600},
        {"priority": CALM, "category": MIXED},
    ),
    Group(
        "one_time",
        0.22,
        {"recency_days": 640, "tenure_days": 660, "orders": 1, "amount": 180},
        {"priority": CALM, "category": PAPER},
    ),
)
SPREAD = {"recency_days": 0.5, "tenure_days": 0.1, "orders": 0.22, "amount": 0.45}


class Place(NamedTuple):
    """Where an order goes; `prefix` opens its order id, `postal_code` is empty outside the US."""

    prefix: str
    city: str
    state: str
    country: str
    postal_code: str
    market: str
    region: str


PLACES = (
    Place("CA", "Seattle", "Washington", "United States", "98103", "US", "West"),
    Place("CA", "Sacramento", "California", "United States", "95823", "US", "West"),
    Place("CA", "Austin", "Texas", "United States", "78745", "US", "Central"),
    Place("US", "Omaha", "Nebraska", "United States", "68104", "US", "Central"),
    Place("US", "Nashville", "Tennessee", "United States", "37211", "US", "South"),
    Place("CA", "Providence", "Rhode Island", "United States", "2908", "US", "East"),
    Place("ES", "Lyon", "Auvergne-Rhône-Alpes", "France", "", "EU", "Central"),
    Place("ES", "Leipzig", "Saxony", "Germany", "", "EU", "Central"),
    Place("ES", "Leeds", "England", "United Kingdom", "", "EU", "North"),
    Place("IT", "Turin", "Piedmont", "Italy", "", "EU", "South"),
    Place("ES", "Malmö", "Skåne", "Sweden", "", "EU", "North"),
    Place("IN", "Adelaide", "South Australia", "Australia", "", "APAC", "Oceania"),
    Place("IN", "Pune", "Maharashtra", "India", "", "APAC", "Central Asia"),
    Place("IN", "Sapporo", "Hokkaido", "Japan", "", "APAC", "North Asia"),
    Place("ID", "Bandung", "Jawa Barat", "Indonesia", "", "APAC", "Southeast Asia"),
    Place("ID", "Cebu City", "Central Visayas", "Philippines", "", "APAC", "Southeast Asia"),
    Place("MX", "Puebla", "Puebla", "Mexico", "", "LATAM", "North"),
    Place("MX", "Curitiba", "Paraná", "Brazil", "", "LATAM", "South"),
    Place("US", "Santa Ana", "Santa Ana", "El Salvador", "", "LATAM", "Central"),
    Place("US", "Santiago", "Santiago", "Dominican Republic", "", "LATAM", "Caribbean"),
    Place("TU", "Izmir", "Izmir", "Turkey", "", "EMEA", "EMEA"),
    Place("UP", "Odesa", "Odesa", "Ukraine", "", "EMEA", "EMEA"),
    Place("NI", "Ibadan", "Oyo", "Nigeria", "", "Africa", "Africa"),
    Place("KE", "Mombasa", "Mombasa", "Kenya", "", "Africa", "Africa"),
    Place("CA", "Regina", "Saskatchewan", "Canada", "", "Canada", "Canada"),
)
MARKETS = {"APAC": 22, "LATAM": 20, "EU": 20, "US": 20, "EMEA": 9, "Africa": 8, "Canada": 1}
PLACES_BY_MARKET = {
    market: tuple(place for place in PLACES if place.market == market) for market in MARKETS
}

SUB_CATEGORIES = {
    "Furniture": {
        "Bookcases": (142, "Library", "Corner Bookcase", "Floating Shelf Set"),
        "Chairs": (95, "Swivel Stool", "Steel Folding Chairs, Set of Two", "Rocking Chair"),
        "Furnishings": (26, "Door Stop", "Photo Frame, Duo Pack", "Wall Clock"),
        "Tables": (224, "Conference Table", "Wood Table, Rectangular", "Training Table"),
    },
    "Office Supplies": {
        "Appliances": (80, "Coffee Grinder", "Toaster, Silver", "Compact Refrigerator"),
        "Art": (20, "Sketch Pad", "Pencil Sharpener", "Markers, Easy-Erase"),
        "Binders": (11, "Hole Reinforcements", "Binder Covers, Recycled", "Binding Machine"),
        "Envelopes": (16, "Clasp Envelope", "Mailers, Set of 50", "Peel and Seal"),
        "Fasteners": (10, "Staples", "Paper Clips, 12 Pack", "Push Pins"),
        "Labels": (8, "File Folder Labels", "Round Labels, Laser Printer", "Color Coded Labels"),
        "Paper": (16, "Note Cards", "Memo Slips, Premium", "Parchment Paper"),
        "Storage": (48, "Lockers, Wire Frame", "File Cart, Single Width", "Shelving"),
        "Supplies": (22, "Letter Opener", "Box Cutter, High Speed", "Scissors"),
    },
    "Technology": {
        "Accessories": (55, "Keyboard, USB", "Memory Card", "Router, Bluetooth"),
        "Copiers": (230, "Personal Copier, Laser", "Ink, Color", "Fax Machine, High-Speed"),
        "Machines": (190, "Card Printer, Wireless", "Inkjet, White", "Calculator, Red"),
        "Phones": (120, "Smart Phone, Cordless", "Headset, VoIP", "Speaker Phone, Full Size"),
    },
}
"""Per category and sub-category: a usual price in dollars, and what is sold."""

BRANDS = (
    "Alderbrook",
    "Brixtone",
    "Cordwell",
    "Dunmere",
    "Elmcrest",
    "Fenlark",
    "Grantide",
    "Holmquay",
)
CODES = {"Furniture": "FUR", "Office Supplies": "OFF", "Technology": "TEC"}
DISCOUNTS = {
    0: 57,
    100: 10,
    200: 12,
    400: 6,
    500: 4,
    600: 3,
    700: 3,
    170: 2,
    470: 2,
    2: 1,
}
"""Discount in thousandths: weight."""

SHIP_MODES = {"Standard Class": 60, "Second Class": 20, "First Class": 15, "Same Day": 5}
SHIP_DAYS = {
    "Standard Class": (4, 4, 4, 5, 5, 5, 6, 6, 7),
    "Second Class": (2, 2, 3, 4, 5),
    "First Class": (1, 2, 2, 3, 3),
    "Same Day": (0, 0, 0, 0, 0, 0, 0, 1),
}
SEGMENTS = {"Consumer": 52, "Corporate": 30, "Home Office": 18}

FIRST_NAMES = (
    "Abel Ada Anouk Arlo Bea Boris Carla Cyril Dara Dov Edda Emil Fay Felix Gia Glenn Hedy Hugo "
    "Ines Ivo Jana Joss Kira Knut Lara Leif Mara Milo Nell Nils Odile Otto Petra Pim Quinn Rafe "
    "Rhea Rolf Saskia Sven Tamsin Theo Ulla Uri Vera Vito Wanda Willem Yara Zeno"
)
NAME_STARTS = (
    "Ald Birk Brad Carn Crow Dell Dray Elk Fair Fold Gorse Grim Hal Hazel Ing Keld Kirk Lang Lor "
    "Marl Mell Nor Oak Ork Pel Quar Rav Red Sel Stan Thorn Thwait Ul Var Wend Whit Yar Yew"
)
NAME_ENDS = (
    "acre berrow bourne burrow combe cott cross dine fold gill ham hurst ington ister kirk leigh "
    "low mere moss ness quist rigg shaw sley stock sund swick thorpe toft vale ward wick"
)


class Product(NamedTuple):
    """An article: its id has two spellings, `code` is that of the smaller markets."""

    product_id: str
    code_id: str
    category: str
    sub_category: str
    name: str
    cents: int


class Customer(NamedTuple):
    """One customer id; `number` tells the random streams apart."""

    customer_id: str
    name: str
    segment: str
    group: str


@dataclass(slots=True)
class Order:
    """One planned order of `line_count` lines worth about `cents`; `stream` names its lines."""

    day: date
    customer: Customer
    place: Place
    stream: str
    cents: int
    line_count: int
    order_id: str = ""


def _odd_spelling(article: str, brand: int, sub_category: str) -> str:
    """Return an article's name, for a few brands with the characters that trouble a reader."""
    if brand == 2 and sub_category in ("Accessories", "Phones"):
        return article.replace(" ", "\u00a0", 1)
    if brand == 5 and sub_category in ("Binders", "Envelopes"):
        return f"{article}, 9\u00bd\u201d x 4\u201d"
    if brand == 6 and sub_category in ("Paper", "Labels"):
        return f"\u201cWhile You\u2019re Out\u201d {article}"
    if brand == 7 and sub_category == "Storage":
        return f'{article}, 12" Deep'
    return article


def _catalogue(rng: Random) -> dict[str, list[Product]]:
    """Return the products per category."""
    products: dict[str, list[Product]] = {category: [] for category in CODES}
    for category, sub_categories in SUB_CATEGORIES.items():
        for sub_category, (dollars, *articles) in sub_categories.items():
            numbers = iter(rng.sample(range(10_000_001, 10_005_000), len(BRANDS) * len(articles)))
            for place, brand in enumerate(BRANDS):
                for article in articles:
                    name = f"{brand} {_odd_spelling(article, place, sub_category)}"
                    number = next(numbers)
                    products[category].append(
                        Product(
                            f"{CODES[category]}-{sub_category[:2].upper()}-{number}",
                            f"{CODES[category]}-{brand[:3].upper()}-{number}",
                            category,
                            sub_category,
                            name,
                            round(dollars * 100 * rng.lognormvariate(0, 0.55)),
                        )
                    )
    return products


def _names(rng: Random, count: int) -> list[str]:
    """Return distinct made-up names in alphabetical order; beyond 40,000 some have an initial."""
    firsts, starts, ends = FIRST_NAMES.split(), NAME_STARTS.split(), NAME_ENDS.split()
    plain = len(firsts) * len(starts) * len(ends)
    names = []
    for number in rng.sample(range(plain * (1 if count <= 40_000 else 4)), count):
        initial, rest = divmod(number, plain)
        first, rest = divmod(rest, len(starts) * len(ends))
        start, end = divmod(rest, len(ends))
        middle = " " if initial == 0 else f" {'ABC'[initial - 1]}. "
        names.append(f"{firsts[first]}{middle}{starts[start]}{ends[end]}")
    return sorted(names)


def _customers(settings: Settings, population: Population) -> list[Customer]:
    """Return two customers per name; one customer per scale step is a quirk."""
    rng = settings.rng(SOURCE_SYSTEM, "customers")
    names = _names(rng, NAMES * settings.scale)
    groups = population.assign(rng, 2 * len(names) - settings.scale)
    quirks = set(rng.sample(range(len(names)), settings.scale))
    customers = []
    for place, name in enumerate(names):
        first, *_, last = name.split()
        segment = weighted(rng, SEGMENTS)
        for start in (10_000, 20_000):
            customer_id = f"{first[0]}{last[0]}-{start + 15 * (place + 1)}"
            quirk = place in quirks and start == 10_000
            group = QUIRK if quirk else groups.pop()
            customers.append(Customer(customer_id, name, segment, group))
    return customers


def _plan(settings: Settings, population: Population, customers: list[Customer]) -> list[Order]:
    """Return all orders by date, with their order ids."""
    orders: list[Order] = []
    longest = (LAST_DAY - FIRST_DAY).days
    for customer in customers:
        rng = settings.rng(SOURCE_SYSTEM, "customer", customer.customer_id)
        market = weighted(rng, MARKETS)
        if customer.group == QUIRK:
            orders += _quirk_orders(customer)
            continue
        drawn = population.draw(rng, customer.group)
        since_last = min(longest, max(1, round(drawn["recency_days"])) - 1)
        since_first = min(longest, max(since_last, round(drawn["tenure_days"])))
        count = max(1, round(drawn["orders"]))
        ages = [since_last]
        if count > 1:
            ages += [since_first] + [rng.randint(since_last, since_first) for _ in range(count - 2)]
        values = split_amount(rng, round(drawn["amount"] * 100), count, evenness=0.6)
        for order, (age, cents) in enumerate(zip(ages, values, strict=True)):
            here = market if rng.random() < 0.8 else weighted(rng, MARKETS)
            orders.append(
                Order(
                    LAST_DAY - timedelta(days=age),
                    customer,
                    rng.choice(PLACES_BY_MARKET[here]),
                    f"{customer.customer_id}:{order}",
                    cents,
                    1 + min(int(rng.expovariate(0.75)), 9),
                )
            )
    orders.sort(key=lambda planned: planned.day)
    _number(settings.rng(SOURCE_SYSTEM, "orders"), orders)
    return orders


def _quirk_orders(customer: Customer) -> list[Order]:
    """Return orders on the first and the last day, and one order id with two order dates."""
    days = (FIRST_DAY, date(2013, 4, 28), date(2013, 8, 13), LAST_DAY)
    return [
        Order(
            day,
            customer,
            PLACES_BY_MARKET["EU"][1],
            f"{customer.customer_id}:{order}",
            20_000,
            2,
            f"ES-2013-{customer.customer_id[3:]}02" if day.year == 2013 else "",
        )
        for order, day in enumerate(days)
    ]


def _number(rng: Random, orders: list[Order]) -> None:
    """Give each order an id; now and then two customers of a country share one."""
    free = rng.sample(range(100_000, 100_000 + max(70_000, 2 * len(orders))), len(orders))
    unshared: dict[tuple[str, str, int], Order] = {}
    for order, number in zip(orders, free, strict=True):
        if order.order_id:
            continue
        key = (order.place.prefix, order.place.country, order.day.year)
        earlier = unshared.get(key)
        if earlier and earlier.customer != order.customer and rng.random() < 0.04:
            order.order_id = earlier.order_id
            del unshared[key]
        else:
            order.order_id = f"{order.place.prefix}-{order.day.year}-{number}"
            unshared[key] = order


def _date_text(day: date) -> str:
    """Write a date as the publisher does: dashes and zeros only after the 12th."""
    if day.day <= 12:
        return f"{day.day}/{day.month}/{day.year}"
    return f"{day:%d-%m-%Y}"


def _order_rows(
    settings: Settings,
    population: Population,
    catalogue: dict[str, list[Product]],
    order: Order,
) -> list[tuple[object, ...]]:
    """Return an order's lines without the row id; the same on every call."""
    rng = settings.rng(SOURCE_SYSTEM, "lines", order.stream)
    customer, place = order.customer, order.place
    usual = GROUPS[0].name if customer.group == QUIRK else customer.group
    mode = "Standard Class" if customer.group == QUIRK else weighted(rng, SHIP_MODES)
    priority = population.pick(rng, usual, "priority")
    shipped = order.day + timedelta(days=rng.choice(SHIP_DAYS[mode]))
    rows: list[tuple[object, ...]] = []
    for cents in split_amount(rng, order.cents, order.line_count):
        offered = rng.sample(catalogue[population.pick(rng, usual, "category")], 12)
        quantity_of = {item: min(14, max(1, round(cents / item.cents))) for item in offered}
        product = min(offered, key=lambda item: abs(item.cents * quantity_of[item] - cents))
        quantity = quantity_of[product]
        discount = weighted(rng, DISCOUNTS)
        # list price so that the discounted sales come near the value aimed at
        sales = max(1, round(product.cents * 1000 / (1000 - discount))) * quantity
        sales *= 1000 - discount
        cost = product.cents * quantity * rng.randint(600, 950)
        cost = cost * (1000 + discount) // 1000
        shipping = max(10, sales // 1000 * rng.randint(30, 200) // 1000)
        small_market = place.market in ("EMEA", "Africa", "Canada")
        rows.append(
            (
                order.order_id,
                _date_text(order.day),
                _date_text(shipped),
                mode,
                customer.customer_id,
                customer.name,
                customer.segment,
                place.city,
                place.state,
                place.country,
                place.postal_code,
                place.market,
                place.region,
                product.code_id if small_market else product.product_id,
                product.category,
                product.sub_category,
                product.name,
                decimal_text(sales, 5),
                quantity,
                decimal_text(discount, 3),
                decimal_text(sales - cost, 5),
                decimal_text(shipping, 2),
                priority,
            )
        )
    return rows


def write(out: Path, settings: Settings) -> SystemOutput:
    """Write the order lines in order of date; row ids run through one market after the other.

    Raises:
        OSError: the file cannot be written.
    """
    population = Population(GROUPS, SPREAD, settings.separation)
    customers = _customers(settings, population)
    orders = _plan(settings, population, customers)
    catalogue = _catalogue(settings.rng(SOURCE_SYSTEM, "catalogue"))
    per_market = Counter[str]()
    for order in orders:
        per_market[order.place.market] += order.line_count
    next_row_id = {}
    reached = 1
    for market in MARKETS:
        next_row_id[market] = reached
        reached += per_market[market]
    with open_lines(out / "global_superstore" / "global_superstore.csv") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(HEADER)
        for order in orders:
            for row in _order_rows(settings, population, catalogue, order):
                writer.writerow((next_row_id[order.place.market], *row))
                next_row_id[order.place.market] += 1
    truth = [(SOURCE_SYSTEM, customer.customer_id, customer.group) for customer in customers]
    return SystemOutput([file.written()], truth)
