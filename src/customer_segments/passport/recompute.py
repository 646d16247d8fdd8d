"""Every public row of a customer, recomputed: for one customer, several, or all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

import duckdb

from customer_segments.passport import (
    ad_clicks,
    bank,
    credit_card,
    custom,
    online_retail,
    superstore,
)
from customer_segments.passport.judging import Source
from customer_segments.passport.measures import (
    Tally,
    interaction_behaviour,
    measures,
    order_behaviour,
)
from customer_segments.passport.population import Population, read_population
from customer_segments.passport.raw import RawFiles, check_unchanged
from customer_segments.passport.raw_tables import TABLES, RawTable
from customer_segments.passport.records import Business, Fact, Facts, Histories, History
from customer_segments.passport.scores import grid_segment, scores
from customer_segments.passport.segments import Placement, place
from customer_segments.passport.settings import Settings, read_settings

MEASURES = {
    "customer_recency": (
        "first_active_date",
        "last_active_date",
        "first_purchase_date",
        "last_purchase_date",
        "recency_days",
        "tenure_days",
        "last_interaction_date",
        "interaction_recency_days",
        "last_click_date",
        "click_recency_days",
    ),
    "customer_frequency": (
        "order_count",
        "order_count_365d",
        "active_day_count",
        "purchase_line_count",
        "mean_days_between_orders",
    ),
    "customer_monetary": (
        "gross_amount",
        "returned_amount",
        "product_returned_amount",
        "net_amount",
        "net_amount_365d",
        "mean_order_amount",
        "return_count",
        "return_rate",
        "inflow_amount",
        "outflow_amount",
    ),
    "customer_engagement": (
        "interaction_count",
        "session_count",
        "impression_count",
        "click_count",
        "click_through_rate",
        "active_days_30d",
        "active_days_90d",
        "distinct_product_count",
        "distinct_item_count",
    ),
}
"""Columns of the marts of measures; `customers` has all of them."""

ATTRIBUTES = (
    "customer_name",
    "customer_type",
    "channel",
    "country",
    "market",
    "region",
    "district",
    "sex",
    "birth_date",
    "age",
    "account_opened_date",
    "statement_frequency",
    "card_type",
    "loan_amount",
    "loan_status",
)
SCORES = ("recency_score", "frequency_score", "monetary_score", "engagement_score", "rfm_code")
GRIDS = ("rf25", "rfm125", "rfm_intervals")
SEGMENTATIONS = ("rfm_kmeans", "rfe_kmeans")

HISTORIES: dict[str, Callable[[Source, Collection[str] | None], Histories]] = {
    "online_retail": online_retail.histories,
    "superstore": superstore.histories,
    "bank": bank.histories,
    "credit_card": credit_card.histories,
    "ad_clicks": ad_clicks.histories,
}
BUSINESSES = {
    "online_retail": online_retail.BUSINESS,
    "superstore": superstore.BUSINESS,
    "bank": bank.BUSINESS,
    "credit_card": credit_card.BUSINESS,
}


@dataclass
class Recomputed:
    """What the public tables should say of a customer.

    Attributes:
        history: raw rows, events and attributes.
        tables: by table and key within the customer (the grid, the segmentation, or nothing) the
            columns; no key where the customer has no row.
        placements: by segmentation.
    """

    history: History
    tables: dict[str, dict[str, Facts]] = field(default_factory=dict)
    placements: dict[str, Placement] = field(default_factory=dict)


class Recomputation:
    """Recomputes the customers of one source system."""

    def __init__(self, source: Source, population: Population, business: Business) -> None:
        self.source = source
        self.population = population
        self.business = business

    @property
    def raw_tables(self) -> list[RawTable]:
        """The published raw tables of the source system; none for a custom one."""
        return [table for table in TABLES if table.source_system == self.source.system]

    def customers(self, ids: Collection[str] | None = None) -> dict[str, Recomputed]:
        """Recompute customers by id; all whom the raw rows name for None.

        Who is named by raw rows but is no customer has no rows in the tables.
        """
        read = HISTORIES.get(self.source.system, custom.histories)
        return {
            customer_id: self._customer(customer_id, history)
            for customer_id, history in read(self.source, ids).items()
            if ids is None or customer_id in ids
        }

    def _customer(self, customer_id: str, history: History) -> Recomputed:
        found = Recomputed(history)
        if not history.is_customer:
            return found
        keys = self._keys(customer_id)
        wide = keys | self._attributes(history)
        if history.published:
            found.tables["credit_card_customers"] = {"": keys | history.published}
        facts = self._measures(history)
        wide |= facts
        wide |= {
            name: self._not_there() for name in (*SCORES, *(f"{grid}_segment" for grid in GRIDS))
        }
        if history.events:
            for table, names in MEASURES.items():
                found.tables[table] = {"": keys | {name: facts[name] for name in names}}
            wide |= self._add_scores(found, history, keys)
        wide |= self._add_placements(found, history, keys)
        found.tables["customers"] = {"": wide}
        return found

    def _keys(self, customer_id: str) -> Facts:
        system = self.source.system
        return {
            "source_system": Fact(system, "as called for"),
            "customer_id": Fact(customer_id, "as in the raw rows"),
            "as_of_date": Fact(self.source.as_of, self._as_of_words()),
        }

    def _as_of_words(self) -> str:
        if self.source.settings.set_as_of_date(self.source.system):
            return "as set (as_of_date)"
        last = self.population.last_event_date
        return f"the day after the last event of all, {last}" if last else "there are no dates"

    def _not_there(self) -> Fact:
        return Fact(None, f"{self.source.system} has none", is_recorded=False)

    def _attributes(self, history: History) -> Facts:
        """Static attributes; what the source system has, but not of this customer, is null."""
        recorded = {
            name: history.attributes.get(name) or Fact(None, "no usable row says so")
            for name in self.business.attributes
        }
        return {name: recorded.get(name) or self._not_there() for name in ATTRIBUTES}

    def _tally(self, history: History) -> Tally:
        return Tally(self.source.system, self.business, self.source.as_of, history.events)

    def _measures(self, history: History) -> Facts:
        if history.events:
            return measures(self._tally(history))
        return {name: self._not_there() for names in MEASURES.values() for name in names}

    def _add_scores(self, found: Recomputed, history: History, keys: Facts) -> Facts:
        """Fill customer_scores and customer_grid_segments; return their columns of `customers`."""
        told, tally = self.source.settings, self._tally(history)
        if self.business.order_word is not None:
            behaviour = order_behaviour(tally, told.activity_window_days, told.monetary_measure)
            words = ("order_count", told.monetary_measure, "active_days_90d")
        else:
            behaviour = interaction_behaviour(tally, told.activity_window_days)
            words = ("interaction_count", "", "session_count")
        names = dict(zip(("frequency", "monetary_amount", "engagement"), words, strict=True))
        facts = scores(behaviour, {"recency_days": "recency_days", **names}, self.population, told)
        found.tables["customer_scores"] = {"": keys | facts}
        has_money = "monetary_amount" in self.population.rankings
        rows: dict[str, Facts] = {}
        for grid, rules in self.population.grids.items():
            segment = grid_segment(facts, rules, grid, has_money)
            if segment is not None:
                named = {"grid": Fact(grid, "var grids"), "segment_name": segment}
                rows[grid] = keys | named
        found.tables["customer_grid_segments"] = rows
        wide = {f"{grid}_segment": rows[grid]["segment_name"] for grid in GRIDS if grid in rows}
        return wide | {name: facts[name] for name in SCORES}

    def _add_placements(self, found: Recomputed, history: History, keys: Facts) -> Facts:
        """Fill customer_segments; return its columns of `customers`."""
        told, wide = self.source.settings, {}
        behaviours = {"rfm_kmeans": None, "rfe_kmeans": None}
        if history.events:
            tally, window = self._tally(history), told.activity_window_days
            behaviours = {
                "rfm_kmeans": order_behaviour(tally, window, told.monetary_measure),
                "rfe_kmeans": interaction_behaviour(tally, window),
            }
        rows: dict[str, Facts] = {}
        for segmentation, model in self.population.models.items():
            placement = place(segmentation, behaviours.get(segmentation), model)
            if placement is not None and placement.facts["segment_name"].value is not None:
                name = {"segmentation": Fact(segmentation, "var segmentation_features")}
                found.placements[segmentation] = placement
                rows[segmentation] = name | keys | placement.facts
        found.tables["customer_segments"] = rows
        for segmentation in SEGMENTATIONS:
            row = rows.get(segmentation)
            wide[f"{segmentation}_segment"] = (
                row["segment_name"] if row else Fact(None, f"in no segment of {segmentation}")
            )
        return wide


@contextmanager
def recomputation(
    connection: duckdb.DuckDBPyConnection, source_system: str
) -> Iterator[Recomputation]:
    """Prepare to recompute a source system of a warehouse.

    Raises:
        PassportError: the set of tables is mixed, the source system is not in it, or the raw files
            are not those that it was built from.
    """
    settings = read_settings(connection)
    settings.check_knows(source_system)
    population = read_population(connection, settings, source_system)
    raw = RawFiles(settings.data_dir, settings.raw_format)
    try:
        source = Source(
            source_system, raw, connection, settings, _as_of(settings, source_system, population)
        )
        found = Recomputation(source, population, _business(source))
        check_unchanged(raw, connection, found.raw_tables, settings.started_at)
        yield found
    finally:
        raw.close()


def _as_of(settings: Settings, source_system: str, population: Population) -> date | None:
    last = population.last_event_date
    default = last + timedelta(days=1) if last else None
    return settings.set_as_of_date(source_system) or default


def _business(source: Source) -> Business:
    if source.system == "ad_clicks":
        return ad_clicks.business(source.settings.impressions)
    return BUSINESSES.get(source.system) or custom.business(source)
