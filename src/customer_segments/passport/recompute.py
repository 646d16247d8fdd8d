"""Every public row of a customer, recomputed: for one customer, several, or all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import duckdb

from customer_segments.passport import (
    ad_clicks,
    bank,
    credit_card,
    custom,
    insiders,
    online_retail,
    superstore,
)
from customer_segments.passport.bank_sequences import sequence_measures
from customer_segments.passport.columns import (
    ATTRIBUTES,
    GRIDS,
    MEASURES,
    SCORES,
    SEGMENTATIONS,
)
from customer_segments.passport.judging import Source
from customer_segments.passport.measures import (
    Behaviour,
    Tally,
    interaction_behaviour,
    measures,
    order_behaviour,
)
from customer_segments.passport.population import Population, read_population
from customer_segments.passport.programmes import outlook
from customer_segments.passport.raw import RawFiles, check_unchanged
from customer_segments.passport.raw_tables import TABLES, RawTable
from customer_segments.passport.records import Business, Fact, Facts, Histories, History
from customer_segments.passport.scores import grid_segment, scores
from customer_segments.passport.segments import NOT_SEGMENTED, Placement, measures_of, place, stay
from customer_segments.passport.settings import Settings, read_settings

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


Tables = dict[str, dict[str, Facts]]
"""By table and key within the customer (the grid, the segmentation, or nothing) the columns."""

Rows = tuple[Tables, Facts]
"""Rows of tables, and the columns of `customers` that follow."""


@dataclass
class Recomputed:
    """What the public tables should say of a customer.

    Attributes:
        history: raw rows, events and attributes.
        tables: the rows; a table in which the customer has none is not there, or empty.
        placements: by segmentation.
    """

    history: History
    tables: Tables = field(default_factory=dict)
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
        wide = keys | self._attributes(history) | self._nothing_counted()
        found.tables["customers"] = {"": wide}
        if history.published:
            found.tables["credit_card_customers"] = {"": keys | history.published}
            attributes = credit_card.completed(history.published, self.population.typical)
            rows, shared = self._placed({"card_autoencoder": attributes}, keys, found.placements)
            found.tables |= rows
            wide |= shared
        if history.events:
            tally = Tally(self.source.system, self.business, self.source.as_of, history.events)
            for rows, shared in (
                self._measures(tally, keys),
                self._scores(tally, keys),
                self._placements(tally, history, keys, found.placements),
            ):
                found.tables |= rows
                wide |= shared
            found.tables["programme_outlook"] = self._programmes(tally, keys, wide)
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

    def _nothing_counted(self) -> Facts:
        """Columns of `customers` that stand on events, of somebody without any."""
        segments = [f"{name}_segment" for name in (*GRIDS, *SEGMENTATIONS)]
        measured = [name for names in MEASURES.values() for name in names]
        return {name: self._not_there() for name in (*measured, *SCORES, *segments)}

    def _measures(self, tally: Tally, keys: Facts) -> Rows:
        """The marts of measures, and their columns of `customers`."""
        facts = measures(tally)
        tables = {
            table: {"": keys | {name: facts[name] for name in names}}
            for table, names in MEASURES.items()
        }
        return tables, facts

    def _scores(self, tally: Tally, keys: Facts) -> Rows:
        """Scores and grid segments, and their columns of `customers`."""
        behaviour = self._orders(tally) if self.business.order_word else self._interactions(tally)
        facts = scores(behaviour, self._measure_words(), self.population, self.source.settings)
        has_money = "monetary_amount" in self.population.rankings
        segments = {
            grid: segment
            for grid, rules in self.population.grids.items()
            if (segment := grid_segment(facts, rules, grid, has_money)) is not None
        }
        tables = {
            "customer_scores": {"": keys | facts},
            "customer_grid_segments": {
                grid: keys | {"grid": Fact(grid, "var grids"), "segment_name": segment}
                for grid, segment in segments.items()
            },
        }
        shared = {f"{grid}_segment": segments[grid] for grid in GRIDS if grid in segments}
        return tables, shared | {name: facts[name] for name in SCORES}

    def _programmes(self, tally: Tally, keys: Facts, wide: Facts) -> dict[str, Facts]:
        """Rows of programme_outlook, by programme."""
        mean_order_amount = wide["mean_order_amount"].value
        return {
            rule.programme: keys
            | {"programme": Fact(rule.programme, "seed programme_rules")}
            | outlook(tally, rule, mean_order_amount)
            for rule in self.population.programmes
        }

    def _orders(self, tally: Tally) -> Behaviour | None:
        told = self.source.settings
        return order_behaviour(tally, told.activity_window_days, told.monetary_measure)

    def _interactions(self, tally: Tally) -> Behaviour | None:
        return interaction_behaviour(tally, self.source.settings.activity_window_days)

    def _measure_words(self) -> dict[str, str]:
        """What the measures of a score are, for the reader."""
        told = self.source.settings
        window = told.activity_window_days
        within = f" in the last {window} days" if window is not None else ""
        if self.business.order_word is None:
            return {
                "recency_days": "recency_days",
                "frequency": f"interaction_count{within}",
                "engagement": f"session_count{within}",
            }
        return {
            "recency_days": "recency_days",
            "frequency": f"order_count{within}",
            "monetary_amount": f"{told.monetary_measure}{within}",
            "engagement": "active_days_90d",
        }

    def _placements(
        self, tally: Tally, history: History, keys: Facts, placements: dict[str, Placement]
    ) -> Rows:
        """Segments, and their columns of `customers`; `placements` receives what led to them."""
        orders = self._orders(tally)
        measures = self._kmeans_measures(tally)
        if self.source.system == "superstore" and orders is not None:
            measures["superstore_bisecting"] = measures_of(
                "superstore_bisecting", orders
            ) | superstore.order_measures(tally)
        if self.source.system == "online_retail" and orders is not None:
            measures["insiders"] = insiders.insider_measures(
                self.source, keys["customer_id"].value, tally
            )
        if self.source.system == "bank" and orders is not None:
            months = sequence_measures(tally, history.attributes)
            if months:
                measures["bank_sequences"] = measures_of("bank_sequences", orders) | months
        return self._placed(measures, keys, placements, tally)

    def _placed(
        self,
        measures: Mapping[str, Mapping[str, Any] | None],
        keys: Facts,
        placements: dict[str, Placement],
        tally: Tally | None = None,
    ) -> Rows:
        """Segments by raw measures of each segmentation; see `_placements`."""
        rows: dict[str, Facts] = {}
        shared = {
            f"{segmentation}_segment": Fact(None, f"in no segment of {segmentation}")
            for segmentation in SEGMENTATIONS
        }
        for segmentation, model in self.population.models.items():
            placement = place(
                segmentation, keys["customer_id"].value, measures.get(segmentation), model
            )
            if placement is not None and placement.facts["segment_name"].value is not None:
                if tally is not None:
                    placement = self._with_stay(segmentation, tally, keys, placement)
                name = {"segmentation": Fact(segmentation, "var segmentation_features")}
                placements[segmentation] = placement
                rows[segmentation] = name | keys | placement.facts
                shared[f"{segmentation}_segment"] = placement.facts["segment_name"]
        return {"customer_segments": rows}, shared

    def _kmeans_measures(self, tally: Tally) -> dict[str, dict[str, Any] | None]:
        return {
            "rfm_kmeans": measures_of("rfm_kmeans", self._orders(tally)),
            "rfe_kmeans": measures_of("rfe_kmeans", self._interactions(tally)),
        }

    def _with_stay(
        self, segmentation: str, tally: Tally, keys: Facts, placement: Placement
    ) -> Placement:
        """The placement with how long it has lasted, where the segmentation has a history."""
        if not self.population.months.get(segmentation):
            return placement
        name = placement.facts["segment_name"].value
        past = self._past(segmentation, tally, keys["customer_id"].value)
        return replace(placement, facts=placement.facts | stay(name, tally.as_of, past))

    def _past(
        self, segmentation: str, tally: Tally, customer_id: str
    ) -> Iterator[tuple[date, str]]:
        """The customer's segments at month ends, the last one first: each from events before."""
        for month_end, model in self.population.months[segmentation]:
            events = [event for event in tally.events if event.day < month_end]
            if not events:
                return
            then = replace(tally, as_of=month_end, events=events)
            measures = self._kmeans_measures(then)[segmentation]
            placement = place(segmentation, customer_id, measures, model)
            known = placement.facts["segment_name"].value if placement else NOT_SEGMENTED
            yield month_end, known


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
