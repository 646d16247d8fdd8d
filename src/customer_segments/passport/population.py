"""What the warehouse says of all customers of a source system: given, not recomputed."""

from __future__ import annotations

import statistics
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

import duckdb

from customer_segments.passport.programmes import ProgrammeRule, read_rules
from customer_segments.passport.settings import Settings

Value = int | Decimal

SCORE_COUNT = 5

KEYS = ("source_system", "customer_id", "as_of_date")
CARD_PLACES = 6

FULLY_RETURNED = "Fully Returned"
"""The segment 0 of a model of a past month."""

MEASURES = ("recency_days", "frequency", "monetary_amount", "engagement")


class Ranking:
    """The values of one measure in a population, worst first."""

    def __init__(self, counts: Iterable[tuple[Value, int]], *, is_less_better: bool) -> None:
        """Order the values.

        Args:
            counts: each value with the number of customers who have it.
            is_less_better: True where the largest value is the worst.
        """
        self._sign = -1 if is_less_better else 1
        pairs = sorted((self._sign * value, count) for value, count in counts)
        self._keys = [key for key, _ in pairs]
        self._before = [0]
        for _, count in pairs:
            self._before.append(self._before[-1] + count)

    @property
    def size(self) -> int:
        """Customers in the population."""
        return self._before[-1]

    def rank(self, value: Value) -> int:
        """The smallest rank of a value: one more than the customers with a worse one."""
        return self._before[bisect_left(self._keys, self._sign * value)] + 1

    def score(self, value: Value) -> int:
        """1 (worst) to 5 (best); equal values have equal ranks, and so equal scores."""
        return min(SCORE_COUNT, 1 + SCORE_COUNT * (self.rank(value) - 1) // self.size)

    @cached_property
    def values(self) -> Mapping[int, tuple[Value, Value]]:
        """By score the smallest and the largest value that has it."""
        ranges: dict[int, tuple[Value, Value]] = {}
        for key in self._keys:
            value = self._sign * key
            score = self.score(value)
            low, high = ranges.get(score, (value, value))
            ranges[score] = (min(low, value), max(high, value))
        return ranges


@dataclass(frozen=True)
class GridRule:
    """One rule of a score grid: ranges of scores, and the segment of whoever is within.

    Attributes:
        priority: the rule with the smallest one wins.
        segment_name: what it gives.
        ranges: from and to, of recency, frequency and, where the grid needs it, monetary score.
    """

    priority: int
    segment_name: str
    ranges: Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Feature:
    """A feature of a fit, with what standardises it.

    Attributes:
        name: column of the feature table.
        mean: of all customers in the fit.
        scale: their standard deviation.
        centroids: standardised, by segment.
    """

    name: str
    mean: float
    scale: float
    centroids: Mapping[int, float]


@dataclass(frozen=True)
class Node:
    """A node of a tree of splits.

    Attributes:
        node_id: 1 for all customers.
        parent_node_id: the node it is a side of; None for node 1.
        segment_id: of a leaf; None for a node that was divided.
        centroid: standardised, by feature.
    """

    node_id: int
    parent_node_id: int | None
    segment_id: int | None
    centroid: Mapping[str, float]


@dataclass(frozen=True)
class Rule:
    """One rule of a rule card.

    Attributes:
        segment_id: the segment it describes.
        condition: in SQL, over raw measures.
        precision: share of those it holds for who are in the segment.
    """

    segment_id: int
    condition: str
    precision: float


@dataclass(frozen=True)
class Model:
    """A fitted segmentation of one source system.

    Attributes:
        model_id: names the fit; None where nobody could be fitted and there is no model card.
        features: in order; none where nobody could be fitted.
        names: of the segments, by id.
        rules: the rule card.
        nodes: of the tree, by id ascending; none where there is no tree.
        labels: segment by customer, 0 for noise, where neither tree nor nearest centroid decide.
    """

    model_id: str | None
    features: Sequence[Feature]
    names: Mapping[int, str]
    rules: Sequence[Rule]
    nodes: Sequence[Node] = ()
    labels: Mapping[str, int] | None = None


@dataclass(frozen=True)
class Population:
    """All customers of a source system.

    Attributes:
        last_event_date: of anybody; None for a source system without dates.
        rankings: by measure; empty where nobody is scored.
        grids: rules by grid, smallest priority first.
        models: by segmentation.
        typical: by attribute of card holders what stands in for a missing value.
        months: by segmentation with a history the month ends before the as-of date, the last one
            first, each with the model in force then; without rules.
        programmes: rules of the programmes.
    """

    last_event_date: date | None
    rankings: Mapping[str, Ranking]
    grids: Mapping[str, Sequence[GridRule]]
    models: Mapping[str, Model]
    typical: Mapping[str, Decimal] = field(default_factory=dict)
    months: Mapping[str, Sequence[tuple[date, Model]]] = field(default_factory=dict)
    programmes: Sequence[ProgrammeRule] = ()


def read_population(
    connection: duckdb.DuckDBPyConnection, settings: Settings, source_system: str
) -> Population:
    """Read what the warehouse says of a source system as a whole."""
    last_event_dates = connection.execute(
        "select last_event_date from intermediate.int_as_of_dates where source_system = ?",
        [source_system],
    ).fetchall()
    return Population(
        last_event_date=last_event_dates[0][0],
        rankings=_rankings(connection, source_system),
        grids={grid: _grid(connection, grid) for grid in settings.grids},
        models={name: _model(connection, name, source_system) for name in settings.features},
        typical=_typical(connection, settings.card_imputation)
        if source_system == "credit_card"
        else {},
        months={name: _months(connection, name, source_system) for name in settings.features},
        programmes=read_rules(connection, source_system),
    )


def _typical(connection: duckdb.DuckDBPyConnection, imputation: str) -> dict[str, Decimal]:
    """What stands in for a missing attribute: 0 for one that nobody has, nothing for `none`."""
    if imputation == "none":
        return {}
    middle = {"median": statistics.median, "mean": statistics.mean}[imputation]
    table = connection.execute("select * from marts.credit_card_customers")
    names = [name for name, *_ in table.description]
    columns = dict(zip(names, zip(*table.fetchall(), strict=True), strict=False))
    place = Decimal(1).scaleb(-CARD_PLACES)
    typical = {}
    for name, column in columns.items():
        if name not in KEYS:
            known = [Decimal(value) for value in column if value is not None]
            value = middle(known) if known else Decimal(0)
            typical[name] = value.quantize(place, ROUND_HALF_UP)
    return typical


def _rankings(connection: duckdb.DuckDBPyConnection, source_system: str) -> dict[str, Ranking]:
    """Rankings of scored measures: over the window that scores look at, unlike the marts."""
    rankings = {}
    for measure in MEASURES:
        counts = connection.execute(
            f"select {measure}, count(*) from intermediate.int_customer_measures"
            f" where source_system = ? and is_scored and {measure} is not null group by all",
            [source_system],
        ).fetchall()
        if counts:
            rankings[measure] = Ranking(counts, is_less_better=measure == "recency_days")
    return rankings


def _grid(connection: duckdb.DuckDBPyConnection, grid: str) -> list[GridRule]:
    rows = connection.execute(
        "select priority, segment_name, recency_from, recency_to, frequency_from, frequency_to,"
        f' monetary_from, monetary_to from rules."grid_{grid}" order by priority'
    ).fetchall()
    return [
        GridRule(
            priority,
            segment_name,
            {
                measure: bounds
                for measure, bounds in (
                    ("recency", (limits[0], limits[1])),
                    ("frequency", (limits[2], limits[3])),
                    ("monetary", (limits[4], limits[5])),
                )
                if bounds[0] is not None
            },
        )
        for priority, segment_name, *limits in rows
    ]


def _months(
    connection: duckdb.DuckDBPyConnection, segmentation: str, source_system: str
) -> list[tuple[date, Model]]:
    """The models of past month ends, from all that were ever fitted in the warehouse."""
    parameters = [segmentation, source_system]
    centroids = connection.execute(
        "select distinct model_id, feature_order, feature, mean, scale, segment_id, centroid,"
        " segment_name from history.kept_centroids"
        " where segmentation = ? and source_system = ? order by all",
        parameters,
    ).fetchall()
    models: dict[str, Model] = {}
    for model_id, _, name, mean, scale, segment_id, centroid, segment_name in centroids:
        model = models.setdefault(model_id, Model(model_id, [], {0: FULLY_RETURNED}, ()))
        if name not in {feature.name for feature in model.features}:
            model.features.append(Feature(name, mean, scale, {}))
        model.features[-1].centroids[segment_id] = centroid
        model.names[segment_id] = segment_name
    in_force = connection.execute(
        "select models_in_force.as_of_date, model_id from history.models_in_force"
        " inner join intermediate.int_as_of_dates as as_of_dates using (source_system)"
        " where segmentation = ? and source_system = ?"
        " and models_in_force.as_of_date < as_of_dates.as_of_date order by all desc",
        parameters,
    ).fetchall()
    return [(month_end, models[model_id]) for month_end, model_id in in_force]


def _model(connection: duckdb.DuckDBPyConnection, segmentation: str, source_system: str) -> Model:
    def rows(sql: str) -> list[tuple]:
        where = " where segmentation = ? and source_system = ?"
        return connection.execute(sql + where, [segmentation, source_system]).fetchall()

    model_ids = rows("select model_id from marts.segmentations")
    is_labelled = rows("select not is_nearest_centroid from marts.segmentations") == [(True,)]
    columns = "feature_order, feature, mean, scale, segment_id, centroid"
    features: dict[str, Feature] = {}
    for _, name, mean, scale, segment_id, centroid in sorted(
        rows(f"select {columns} from marts.segment_centroids")
    ):
        feature = features.setdefault(name, Feature(name, mean, scale, {}))
        feature.centroids[segment_id] = centroid
    node_centroids: dict[int, dict[str, float]] = {}
    for node_id, name, centroid in rows(
        "select node_id, feature, centroid from marts.segment_split_centroids"
    ):
        node_centroids.setdefault(node_id, {})[name] = centroid
    nodes = [
        Node(*node, node_centroids[node[0]])
        for node in sorted(
            rows("select node_id, parent_node_id, segment_id from marts.segment_splits")
        )
    ]
    labels = (
        dict(rows("select customer_id, segment_id from segmentation.segment_assignments"))
        if is_labelled and not nodes
        else None
    )
    return Model(
        model_id=model_ids[0][0] if model_ids else None,
        features=list(features.values()),
        names=dict(rows("select segment_id, segment_name from marts.segments")),
        rules=[
            Rule(*rule)
            for rule in sorted(
                rows("select segment_id, condition, precision from marts.segment_rule_cards")
            )
        ],
        nodes=nodes,
        labels=labels,
    )
