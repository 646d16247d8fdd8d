"""Searches and shown ads in the format of Kaggle's "Avito Context Ad Clicks" (`avito/`).

Searches are planned per user (moments and clicks follow from his drawn recency, number of
searches and clicks), sorted by time and numbered; the ads shown with a search are drawn when its
row is written, so both files grow in one pass in order of SearchID.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from .common import Group, Population, Settings, SystemOutput, open_lines

SOURCE_SYSTEM = "ad_clicks"
SEARCH_HEADER = (
    "SearchID\tSearchDate\tIPID\tUserID\tIsUserLoggedOn\tSearchQuery\tLocationID\tCategoryID\t"
    "SearchParams\n"
)
STREAM_HEADER = "SearchID\tAdID\tPosition\tObjectType\tHistCTR\tIsClick\n"
FIRST_DAY = date(2015, 4, 25)
LAST_DAY = date(2015, 5, 20)
CUSTOMERS = 350
GUEST_SEARCHES = 12
ORPHANS = 5
DUPLICATES = 2
LARGEST_AD = 36_893_298
LARGEST_USER = 4_339_861

GROUPS = (
    Group("loyal_clicker", 0.16, {"recency_days": 2, "searches": 28, "clicks": 9}),
    Group("browser", 0.22, {"recency_days": 3, "searches": 20, "clicks": 0}),
    Group("quick_clicker", 0.18, {"recency_days": 4, "searches": 4, "clicks": 3}),
    Group("lapsed", 0.20, {"recency_days": 18, "searches": 9, "clicks": 2}),
    Group("one_off", 0.24, {"recency_days": 12, "searches": 1, "clicks": 0}),
)
SPREAD = {"recency_days": 0.3, "searches": 0.27, "clicks": 0.22}

REGULAR, HIGHLIGHTED, CONTEXTUAL = 1, 2, 3

SUBJECTS = {
    9: ("", "седан", "зимние шины", "прицеп", "фаркоп"),
    24: ("", "квартира", "комната", "студия возле метро"),
    27: ("", "платье", "сапоги", "куртка", "пальто шерсть"),
    29: ("", "коляска", "кроватка", "детский стул"),
    20: ("", "диван", "шкаф", "кухонный стол", "кресло"),
    84: ("", "телефон", "чехол", "зарядка"),
    34: ("", "велосипед", "коньки", "палатка"),
    96: ("", "гитара", "пианино", "барабан"),
}
"""Per CategoryID: search texts."""

PARAMS = {
    9: ("{210:'Шины', 5:'16'}", "{210:'Аксессуары'}"),
    24: ("{201:'Продам', 504:'1'}", "{201:'Сниму'}"),
    27: ("{175:'Женская одежда', 88:'44'}", "{175:'Мужская одежда'}"),
    29: ("{181:'Детская мебель'}",),
}
"""Per CategoryID: texts of the search form's fields."""


class Search(NamedTuple):
    """One planned search; sorts by its moment."""

    moment: datetime
    user: str
    place: int
    clicks: int


def _plan_user(rng: Random, drawn: dict[str, float], user: str) -> list[Search]:
    """Return a user's searches, the last of them on the day that his recency asks for."""
    longest = (LAST_DAY - FIRST_DAY).days
    since_last = min(longest, max(1, round(drawn["recency_days"])) - 1)
    last_day = LAST_DAY - timedelta(days=since_last)
    count = max(1, round(drawn["searches"]))
    span = min(longest - since_last, 1 + 3 * count)
    days = [last_day] + [last_day - timedelta(days=rng.randint(0, span)) for _ in range(count - 1)]
    clicks = [0] * count
    for _ in range(round(drawn["clicks"])):
        clicks[rng.randrange(count)] += 1
    return [
        Search(_at(rng, day), user, place, clicked)
        for place, (day, clicked) in enumerate(zip(days, clicks, strict=True))
    ]


def _at(rng: Random, day: date) -> datetime:
    return datetime.combine(day, time(rng.randint(6, 22), rng.randrange(60), rng.randrange(60)))


def _plan(settings: Settings) -> tuple[list[Search], list[tuple[str, str, str]]]:
    """Return all searches by time, and the truth."""
    population = Population(GROUPS, SPREAD, settings.separation)
    rng = settings.rng(SOURCE_SYSTEM, "customers")
    count = CUSTOMERS * settings.scale
    users = [str(user) for user in sorted(rng.sample(range(1, LARGEST_USER), count))]
    groups = population.assign(rng, count)
    searches: list[Search] = []
    for user, group in zip(users, groups, strict=True):
        own = settings.rng(SOURCE_SYSTEM, "customer", user)
        searches += _plan_user(own, population.draw(own, group), user)
    days = (LAST_DAY - FIRST_DAY).days
    for place in range(GUEST_SEARCHES * settings.scale):
        # the first two guests make sure that the period is covered to its ends
        ago = {0: 0, 1: days}.get(place, rng.randint(0, days))
        searches.append(Search(_at(rng, LAST_DAY - timedelta(days=ago)), "", place, place % 7 == 3))
    searches.sort()
    truth = [(SOURCE_SYSTEM, user, group) for user, group in zip(users, groups, strict=True)]
    return searches, truth


def _search_fields(rng: Random, search: Search) -> str:
    """Return a search's columns after SearchDate; a user searches in his own location."""
    category = rng.choice(list(SUBJECTS))
    query = rng.choice(SUBJECTS[category]) if rng.random() < 0.7 else ""
    params = rng.choice(PARAMS.get(category, ("",))) if rng.random() < 0.6 else ""
    return "\t".join(
        (
            str(rng.randint(1, 2_000_000)),
            search.user,
            str(int(bool(search.user) and rng.random() < 0.35)),
            query,
            str(624_000 + 10 * (int(search.user or search.place) % 400)),
            str(category),
            params,
        )
    )


def _stream_lines(rng: Random, search_id: int, clicks: int) -> list[str]:
    """Return the ads shown with a search, at least one contextual ad per click.

    Only contextual ads have a historical click-through rate and a known click.
    """
    kinds = [CONTEXTUAL] * max(clicks, rng.randint(1, 3))
    kinds += [REGULAR] * rng.randint(0, 2) + [HIGHLIGHTED] * (rng.random() < 0.25)
    rng.shuffle(kinds)
    lines = []
    for position, kind in enumerate(kinds, start=1):
        rate = clicked = ""
        if kind == CONTEXTUAL:
            rate = f"{rng.lognormvariate(-5.3, 0.8):.6f}"
            clicked = str(int(clicks > 0))
            clicks -= 1
        advert = 1 + int(LARGEST_AD * rng.random() ** 2)
        lines.append(f"{search_id}\t{advert}\t{position}\t{kind}\t{rate}\t{clicked}\n")
    return lines


def write(out: Path, settings: Settings) -> SystemOutput:
    """Write searches and shown ads, both in order of SearchID, which is the order of time.

    Raises:
        OSError: a file cannot be written.
    """
    searches, truth = _plan(settings)
    rng = settings.rng(SOURCE_SYSTEM, "rows")
    repeated = set(rng.sample(range(len(searches)), DUPLICATES * settings.scale))
    orphaned = set(rng.sample(range(len(searches)), ORPHANS * settings.scale))
    search_id = 4
    folder = out / "avito"
    with (
        open_lines(folder / "SearchInfo.tsv.gz") as info,
        open_lines(folder / "trainSearchStream.tsv.gz") as stream,
    ):
        info.write(SEARCH_HEADER)
        stream.write(STREAM_HEADER)
        for place, search in enumerate(searches):
            search_id += rng.randint(2, 30)
            fields = _search_fields(rng, search)
            info.write(f"{search_id}\t{search.moment}.0\t{fields}\n")
            if place in repeated:
                again = search.moment + timedelta(seconds=rng.randint(5, 50))
                info.write(f"{search_id}\t{again}.0\t{fields}\n")
            for line in _stream_lines(rng, search_id, search.clicks):
                stream.write(line)
            if place in orphaned:
                # the number after a search's own is never given to a search
                for line in _stream_lines(rng, search_id + 1, 0)[:1]:
                    stream.write(line)
    return SystemOutput([info.written(), stream.written()], truth)
