"""Avito: a search is a session, an ad shown an impression; clicks are the interactions."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from customer_segments.passport.cells import ISO, moment, whole_number
from customer_segments.passport.judging import USED, Source, first_problem, histories_of
from customer_segments.passport.raw_tables import SEARCHES, STREAM
from customer_segments.passport.records import (
    Business,
    Entry,
    Event,
    Histories,
    Judged,
    RawRow,
)


def business(has_impressions: bool) -> Business:
    """What Avito records; ads shown only where every stream row is read."""
    return Business(
        interaction_word="click",
        visit_word="search",
        session_word="search",
        has_clicks=True,
        has_impressions=has_impressions,
    )


def histories(source: Source, ids: Collection[str] | None) -> Histories:
    """Histories of users by id; of all of them for None."""
    searches = [_search(source, row) for row in source.raw.rows(SEARCHES, ids=ids)]
    if ids is not None:
        # A search id can stand twice; its ads belong to the earliest, be it another user's.
        same_ids = _search_ids(searches)
        searches = [
            _search(source, row) for row in source.raw.rows(SEARCHES, "SearchID", same_ids)
        ] + [search for search in searches if search.reason is not None]
    stream_ids = None if ids is None else _search_ids(searches)
    shown = _usable_ads(source, source.raw.rows(STREAM, "SearchID", stream_ids))
    owners = _earliest(searches)

    def ads_of(search: Judged) -> list[tuple[RawRow, bool]]:
        is_owner = owners.get(search.values["id"]) is search
        return shown.get(search.values["id"], []) if is_owner else []

    found = histories_of(source, searches, lambda search: _event(source, search, ads_of(search)))
    for history in found.values():
        history.entries += [
            Entry(row, USED, "ad clicked" if row in event.clicked else "ad shown", event.day)
            for event in history.events
            for row in event.shown
        ]
    return found


def _search(source: Source, row: RawRow) -> Judged:
    cells = row.cells
    search_id, user_id = whole_number(cells["SearchID"]), whole_number(cells["UserID"])
    searched_at = moment(cells["SearchDate"], ISO)
    problems = {
        "missing_value": lambda: cells["SearchDate"] is None,
        "invalid_number": lambda: (
            search_id is None or (user_id is None and cells["UserID"] is not None)
        ),
        "invalid_date": lambda: searched_at is None,
        "implausible_date": lambda: not source.settings.is_plausible(searched_at.date()),
    }
    return Judged(
        row,
        None if user_id is None else str(user_id),
        searched_at.date() if searched_at else None,
        first_problem(problems),
        {"id": search_id, "at": searched_at},
    )


def _search_ids(searches: Iterable[Judged]) -> set[str]:
    return {str(search.values["id"]) for search in searches if search.reason is None}


def _earliest(searches: Iterable[Judged]) -> dict[int, Judged]:
    """By search id the search that its ads belong to."""
    owners: dict[int, Judged] = {}
    for search in searches:
        if search.reason is None:
            rival = owners.get(search.values["id"])
            if rival is None or _precedence(search) < _precedence(rival):
                owners[search.values["id"]] = search
    return owners


def _precedence(search: Judged) -> tuple[datetime, bool, int]:
    user = search.customer_id
    return search.values["at"], user is None, int(user or 0)


def _usable_ads(source: Source, rows: Iterable[RawRow]) -> dict[int, list[tuple[RawRow, bool]]]:
    """By search id the ads shown, each with whether it was clicked."""
    shown: dict[int, list[tuple[RawRow, bool]]] = {}
    for row in rows:
        search_id, click = whole_number(row.cells["SearchID"]), whole_number(row.cells["IsClick"])
        is_click = click == 1
        is_flag = click in (0, 1) or row.cells["IsClick"] is None
        if search_id is not None and is_flag and (is_click or source.settings.impressions):
            shown.setdefault(search_id, []).append((row, is_click))
    return shown


def _event(source: Source, search: Judged, ads: list[tuple[RawRow, bool]]) -> Event | None:
    if search.reason is not None:
        return None
    clicked = sum(is_click for _, is_click in ads)
    return Event(
        search.row,
        search.day,
        "search",
        is_interaction=True,
        interactions=clicked,
        sessions=1,
        clicks=clicked,
        impressions=len(ads),
        shown=tuple(row for row, _ in ads),
        clicked=tuple(row for row, is_click in ads if is_click),
    )
