"""A customer's place in the segmentations: features, distances, nearest centroid, rule card."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlglot import exp, parse_one

from customer_segments.passport.errors import PassportError
from customer_segments.passport.measures import Behaviour
from customer_segments.passport.population import Feature, Model, Rule
from customer_segments.passport.records import Fact, Facts

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
}
"""By segmentation its raw measures: column of the feature table, and what it is of a behaviour."""

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
}
"""By segmentation its features that are ln(1 + x) of a raw measure."""


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
        distances: the nearest first; none outside the fit.
        rules: the rule card, evaluated; none outside the fit.
    """

    facts: Facts
    measures: Mapping[str, Any]
    features: tuple[FeatureValue, ...] = ()
    distances: tuple[Distance, ...] = ()
    rules: tuple[EvaluatedRule, ...] = ()


def place(segmentation: str, behaviour: Behaviour | None, model: Model) -> Placement | None:
    """Find a customer's segment.

    Args:
        segmentation: its name.
        behaviour: what it is fitted on; None for a customer who has not behaved so.
        model: the fit.

    Returns:
        None for a customer who is in no segment: not behaved so, no money in the source system,
        or nobody could be fitted.

    Raises:
        PassportError: the segmentation, one of its features or a rule is not known here.
    """
    if segmentation not in SEGMENTATIONS:
        raise PassportError(f"passport/segments.py does not know the segmentation {segmentation}.")
    if behaviour is None:
        return None
    measures = {
        column: getattr(behaviour, name) for column, name in SEGMENTATIONS[segmentation].items()
    }
    if "monetary_amount" in measures:
        amount = measures["monetary_amount"]
        if amount is None:
            return None
        if amount <= 0:
            how = f"monetary_amount {amount} is 0 or less: outside the fit"
            return Placement(_facts(model, 0, how) | {"is_noise": Fact(True, how)}, measures)
    if not model.features:
        return None
    features = tuple(_feature(segmentation, feature, measures) for feature in model.features)
    if any(feature is None for feature in features):
        return None
    distances = _distances(features, model)
    facts = _facts(model, distances[0].segment_id, "the nearest centroid; on a tie the smallest id")
    known = measures | {feature.name: feature.value for feature in features}
    rules = tuple(_evaluated(rule, model, known) for rule in model.rules)
    return Placement(facts | _nearness(distances), measures, features, distances, rules)


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
        squares = sum(
            (feature.standardised - fitted.centroids[segment_id]) ** 2
            for feature, fitted in zip(features, model.features, strict=True)
        )
        name = model.names.get(segment_id, "?")
        distances.append(Distance(segment_id, name, round(math.sqrt(squares), DISTANCE_PLACES)))
    return tuple(sorted(distances, key=lambda found: (found.distance, found.segment_id)))


def _facts(model: Model, segment_id: int, how: str) -> Facts:
    """Columns of customer_segments that are the same inside and outside the fit."""
    return {
        "model_id": Fact(model.model_id, "the model card of the segmentation"),
        "segment_id": Fact(segment_id, how),
        "segment_name": Fact(model.names.get(segment_id), f"the name of segment {segment_id}"),
        "distance": Fact(None, how),
        "second_distance": Fact(None, how),
        "confidence": Fact(None, how),
        "segment_since": Fact(None, "there is no history of segments yet"),
        "previous_segment_name": Fact(None, "there is no history of segments yet"),
    }


def _nearness(distances: tuple[Distance, ...]) -> Facts:
    """How near the own centroid is, beside the second nearest."""
    nearest = distances[0].distance
    facts = {
        "is_noise": Fact(False, "in the fit"),
        "distance": Fact(nearest, f"to the centroid of {distances[0].segment_name}"),
    }
    if len(distances) == 1:
        how = "there is a single segment"
        return facts | {"second_distance": Fact(None, how), "confidence": Fact(None, how)}
    second = distances[1].distance
    confidence = 1 - nearest / second if second > 0 else None
    return facts | {
        "second_distance": Fact(second, f"to the centroid of {distances[1].segment_name}"),
        "confidence": Fact(confidence, f"1 - {nearest:.6f} / {second:.6f}"),
    }
