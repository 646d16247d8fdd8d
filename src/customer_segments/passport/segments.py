"""A customer's place in the segmentations: features, distances, centroid or leaf, rule card."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlglot import exp, parse_one

from customer_segments.passport.bank_sequences import CLASSES
from customer_segments.passport.errors import PassportError
from customer_segments.passport.measures import Behaviour
from customer_segments.passport.population import Feature, Model, Node, Rule
from customer_segments.passport.records import Fact, Facts
from customer_segments.passport.superstore import ORDER_KINDS

FEATURE_PLACES = 6
DISTANCE_PLACES = 9

SEGMENTATIONS = {
    "rfm_kmeans": {
        "recency_days": "recency_days",
        "order_count": "frequency",
        "monetary_amount": "monetary_amount",
    },
    "rfe_kmeans": {
        "recency_days": "recency_days",
        "interaction_count": "frequency",
        "session_count": "engagement",
    },
    "superstore_bisecting": {
        "recency_days": "recency_days",
        "order_count": "frequency",
        "monetary_amount": "monetary_amount",
    },
    "bank_sequences": {
        "recency_days": "recency_days",
        "order_count": "frequency",
        "monetary_amount": "monetary_amount",
    },
}
"""By segmentation the measures that it takes from a behaviour: column, and what it is of that."""

LOGS = {
    "rfm_kmeans": {
        "recency_log": "recency_days",
        "frequency_log": "order_count",
        "monetary_log": "monetary_amount",
    },
    "rfe_kmeans": {
        "recency_log": "recency_days",
        "frequency_log": "interaction_count",
        "engagement_log": "session_count",
    },
    "superstore_bisecting": {
        "recency_log": "recency_days",
        "frequency_log": "order_count",
        "monetary_log": "monetary_amount",
        "first_order_log": "days_since_first_order",
        "mean_order_amount_log": "mean_order_amount",
        "purchase_line_log": "purchase_line_count",
        "unit_log": "unit_count",
        "distinct_product_log": "distinct_product_count",
        **{name.replace("_count", "_log"): name for name in ORDER_KINDS},
    },
    "insiders": {
        "recency_log": "recency_days",
        "days_between_purchases_log": "mean_days_between_purchases",
        "frequency_log": "order_count",
        "purchase_span_log": "purchase_span_days",
        "orders_per_day_log": "orders_per_day",
        "monetary_log": "net_amount",
        "ticket_log": "mean_ticket_amount",
        "unit_log": "net_unit_count",
        "basket_unit_log": "mean_basket_unit_count",
        "basket_product_log": "mean_basket_product_count",
        "returned_amount_log": "returned_amount",
        "returned_line_amount_log": "mean_returned_line_amount",
        "return_line_log": "return_line_count",
        "returned_unit_log": "returned_unit_count",
    },
    "card_autoencoder": {},
    "bank_sequences": {
        "recency_log": "recency_days",
        "frequency_log": "order_count",
        "monetary_log": "monetary_amount",
        **{f"{name}_posting_log": f"monthly_{name}_posting_count" for name in CLASSES},
    },
}
"""By segmentation its features that are ln(1 + x) of a raw measure."""

NOT_SEGMENTED = "Not Segmented"
NO_HISTORY = "no month end before the as-of date has this segmentation"

WITHOUT_RETURNED = ("rfm_kmeans",)
"""Segmentations that leave out whoever has no money left."""


@dataclass(frozen=True)
class FeatureValue:
    """A feature of the customer.

    Attributes:
        name: column of the feature table.
        value: rounded to six decimals.
        mean: of all customers in the fit.
        scale: their standard deviation.
        standardised: (value - mean) / scale.
    """

    name: str
    value: Decimal
    mean: float
    scale: float
    standardised: float


@dataclass(frozen=True)
class Distance:
    """How far the customer is from the centroid of a segment, in standard deviations."""

    segment_id: int
    segment_name: str
    distance: float


@dataclass(frozen=True)
class EvaluatedRule:
    """A rule of the rule card and whether it holds for the customer."""

    segment_name: str
    condition: str
    precision: float
    holds: bool


@dataclass(frozen=True)
class Placement:
    """A customer in a segmentation.

    Attributes:
        facts: columns of customer_segments but for the keys.
        measures: raw measures by name.
        features: in the order of the fit; none outside the fit.
        distances: the own segment first, then the nearest; none outside the fit, none for noise.
        rules: the rule card, evaluated; none outside the fit, none for noise.
    """

    facts: Facts
    measures: Mapping[str, Any]
    features: tuple[FeatureValue, ...] = ()
    distances: tuple[Distance, ...] = ()
    rules: tuple[EvaluatedRule, ...] = ()


def measures_of(segmentation: str, behaviour: Behaviour | None) -> dict[str, Any] | None:
    """Return what a segmentation takes from a behaviour; None where the customer has not it."""
    if behaviour is None:
        return None
    return {
        column: getattr(behaviour, name) for column, name in SEGMENTATIONS[segmentation].items()
    }


def place(
    segmentation: str,
    customer_id: str,
    measures: Mapping[str, Any] | None,
    model: Model,
) -> Placement | None:
    """Find a customer's segment.

    Args:
        segmentation: its name.
        customer_id: within the source system of the model.
        measures: raw measures by name; None for a customer who has none of them.
        model: the fit.

    Returns:
        None for a customer who is in no segment: without measures, no money in the source system,
        or nobody could be fitted.

    Raises:
        PassportError: the segmentation, one of its features or a rule is not known here.
    """
    if segmentation not in LOGS:
        raise PassportError(f"passport/segments.py does not know the segmentation {segmentation}.")
    if measures is None:
        return None
    if "monetary_amount" in measures:
        amount = measures["monetary_amount"]
        if amount is None:
            return None
        if amount <= 0 and segmentation in WITHOUT_RETURNED:
            how = f"monetary_amount {amount} is 0 or less: outside the fit"
            return Placement(_facts(model, 0, how) | {"is_noise": Fact(True, how)}, measures)
    if not model.features:
        return None
    features = tuple(_feature(segmentation, feature, measures) for feature in model.features)
    if any(feature is None for feature in features):
        return None
    distances = _distances(features, model)
    segment_id, how = distances[0].segment_id, "the nearest centroid; on a tie the smallest id"
    if model.nodes:
        segment_id, how = _walk(features, model.nodes)
    elif model.labels is not None:
        segment_id, how = model.labels[customer_id], "as the fit found: no matter of one customer"
    facts = _facts(model, segment_id, how)
    if not segment_id:
        noise = {"is_noise": Fact(True, "in no cluster of the fit")}
        return Placement(facts | noise, measures, features)
    distances = tuple(sorted(distances, key=lambda found: found.segment_id != segment_id))
    known = measures | {feature.name: feature.value for feature in features}
    rules = tuple(_evaluated(rule, model, known) for rule in model.rules)
    return Placement(facts | _nearness(distances), measures, features, distances, rules)


def stay(name: str, as_of: date, past: Iterable[tuple[date, str]]) -> Facts:
    """Find out how long a customer has been in a segment, and where before.

    Args:
        name: of the segment at the as-of date.
        as_of: that date.
        past: month ends before it with the customer's segment, the last one first; only those at
            which the customer was there.
    """
    since = as_of
    for month_end, past_name in past:
        if past_name != name:
            how = f"at the month end of {month_end}"
            return {
                "segment_since": Fact(since, f"{past_name} {how}, {name} since"),
                "previous_segment_name": Fact(past_name, how),
            }
        since = month_end
    how = f"{name} at every month end with a day of the customer's behind it"
    return {"segment_since": Fact(since, how), "previous_segment_name": Fact(None, how)}


def holds(condition: str, measures: Mapping[str, Any]) -> bool:
    """Whether a condition of a rule card is true of raw measures; a null compares as false.

    Raises:
        PassportError: the condition is not made of comparisons, `is null`, `and` and `or`.
    """
    return bool(_value(parse_one(condition, dialect="duckdb"), measures))


def _evaluated(rule: Rule, model: Model, measures: Mapping[str, Any]) -> EvaluatedRule:
    name = model.names.get(rule.segment_id, "?")
    return EvaluatedRule(name, rule.condition, rule.precision, holds(rule.condition, measures))


def _value(node: exp.Expression, measures: Mapping[str, Any]) -> Any:
    match node:
        case exp.Paren():
            return _value(node.this, measures)
        case exp.And():
            return _value(node.left, measures) and _value(node.right, measures)
        case exp.Or():
            return _value(node.left, measures) or _value(node.right, measures)
        case exp.Boolean():
            return node.this
        case exp.Is():
            return _value(node.this, measures) is None
        case exp.GT() | exp.LTE():
            left, right = _value(node.left, measures), _value(node.right, measures)
            if left is None:
                return False
            return left > right if isinstance(node, exp.GT) else left <= right
        case exp.Neg():
            return -_value(node.this, measures)
        case exp.Literal():
            return Decimal(node.this)
        case exp.Column() if node.name in measures:
            return measures[node.name]
    raise PassportError(f"passport/segments.py cannot read `{node.sql()}` in a rule card.")


def _feature(
    segmentation: str, feature: Feature, measures: Mapping[str, Any]
) -> FeatureValue | None:
    """The feature of the customer; None where it is null."""
    measure = LOGS[segmentation].get(feature.name)
    if measure is None and feature.name not in measures:
        raise PassportError(
            f"passport/segments.py does not know the feature {feature.name} of {segmentation}."
        )
    raw = measures[measure or feature.name]
    if raw is None or (measure and raw < 0):
        return None
    number = math.log(1 + float(raw)) if measure else raw
    value = Decimal(number).quantize(Decimal(1).scaleb(-FEATURE_PLACES), ROUND_HALF_UP)
    standardised = (float(value) - feature.mean) / feature.scale
    return FeatureValue(feature.name, value, feature.mean, feature.scale, standardised)


def _distances(features: tuple[FeatureValue, ...], model: Model) -> tuple[Distance, ...]:
    distances = []
    for segment_id in model.features[0].centroids:
        centroid = {fitted.name: fitted.centroids[segment_id] for fitted in model.features}
        name = model.names.get(segment_id, "?")
        distances.append(Distance(segment_id, name, _distance(features, centroid)))
    return tuple(sorted(distances, key=lambda found: (found.distance, found.segment_id)))


def _distance(features: tuple[FeatureValue, ...], centroid: Mapping[str, float]) -> float:
    squares = sum((feature.standardised - centroid[feature.name]) ** 2 for feature in features)
    return round(math.sqrt(squares), DISTANCE_PLACES)


def _walk(features: tuple[FeatureValue, ...], nodes: Sequence[Node]) -> tuple[int, str]:
    """The segment that the tree leads to, and the nodes on the way, in words."""
    node, *_ = nodes
    path = [node.node_id]
    while node.segment_id is None:
        sides = [side for side in nodes if side.parent_node_id == node.node_id]
        node = min(sides, key=lambda side: (_distance(features, side.centroid), side.node_id))
        path.append(node.node_id)
    steps = " > ".join(map(str, path))
    return node.segment_id, f"nodes {steps}: the side with the nearer centroid, on a tie the first"


def _facts(model: Model, segment_id: int, how: str) -> Facts:
    """Columns of customer_segments that are the same inside and outside the fit."""
    return {
        "model_id": Fact(model.model_id, "the model card of the segmentation"),
        "segment_id": Fact(segment_id, how),
        "segment_name": Fact(model.names.get(segment_id), f"the name of segment {segment_id}"),
        "distance": Fact(None, how),
        "second_distance": Fact(None, how),
        "confidence": Fact(None, how),
        "segment_since": Fact(None, NO_HISTORY),
        "previous_segment_name": Fact(None, NO_HISTORY),
    }


def _nearness(distances: tuple[Distance, ...]) -> Facts:
    """How near the own centroid is, beside the nearest other."""
    nearest = distances[0].distance
    facts = {
        "is_noise": Fact(False, "in the fit"),
        "distance": Fact(nearest, f"to the centroid of {distances[0].segment_name}"),
    }
    if len(distances) == 1:
        how = "there is a single segment"
        return facts | {"second_distance": Fact(None, how), "confidence": Fact(None, how)}
    second = distances[1].distance
    confidence = max(0.0, 1 - nearest / second) if second > 0 else None
    return facts | {
        "second_distance": Fact(second, f"to the centroid of {distances[1].segment_name}"),
        "confidence": Fact(confidence, f"1 - {nearest:.6f} / {second:.6f}"),
    }
