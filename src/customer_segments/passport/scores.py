"""A customer's measures to scores, and scores to cells of grids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from customer_segments.passport.measures import Behaviour, shown
from customer_segments.passport.population import GridRule, Population, Ranking, Value
from customer_segments.passport.records import Fact, Facts
from customer_segments.passport.settings import Settings

OTHERS, NOT_SEGMENTED = "Others", "Not Segmented"

WORST = {
    "recency_days": "longest ago first",
    "frequency": "rarest first",
    "monetary_amount": "least first",
    "engagement": "least first",
}
SCORES = {
    "recency_score": "recency_days",
    "frequency_score": "frequency",
    "monetary_score": "monetary_amount",
    "engagement_score": "engagement",
}
RFM = ("recency", "frequency", "monetary")


def scores(
    behaviour: Behaviour | None, words: Mapping[str, str], population: Population, told: Settings
) -> Facts:
    """Columns of customer_scores but for the keys.

    Args:
        behaviour: what is scored; None for a customer without an order (or session).
        words: by measure the name of the column it is, for the reader.
        population: for the ranks.
        told: settings of the build.
    """
    if behaviour is None:
        names = (*SCORES, "rfm_code", "monetary_measure", "activity_window_days")
        return {name: Fact(None, "not scored: nothing bought, no session") for name in names}
    facts = {}
    for score, measure in SCORES.items():
        value = getattr(behaviour, measure)
        if value is None:
            facts[score] = Fact(None, "no money, no monetary score", is_recorded=False)
        else:
            ranking = population.rankings.get(measure)
            facts[score] = _score(ranking, value, words[measure], WORST[measure])
    window = told.activity_window_days
    has_money = behaviour.monetary_amount is not None
    return facts | {
        "rfm_code": _rfm_code(facts),
        "monetary_measure": Fact(
            told.monetary_measure if has_money else None,
            "var monetary_measure, where there is money",
        ),
        "activity_window_days": Fact(
            window, "var activity_window_days; null is the whole lifetime"
        ),
    }


def grid_segment(
    facts: Facts, rules: Sequence[GridRule], grid: str, has_money: bool
) -> Fact | None:
    """The cell of a grid; None where the grid needs money and the source system has none.

    Args:
        facts: columns of customer_scores.
        rules: of the grid, smallest priority first.
        grid: its name.
        has_money: whether anybody of the source system has a monetary score.
    """
    needs_money = any("monetary" in rule.ranges for rule in rules)
    if needs_money and not has_money:
        return None
    found = {measure: facts[f"{measure}_score"].value for measure in RFM}
    if found["recency"] is None:
        return Fact(NOT_SEGMENTED, "no scores")
    for rule in rules:
        if all(low <= found[measure] <= high for measure, (low, high) in rule.ranges.items()):
            ranges = ", ".join(
                f"{measure} {found[measure]} in {low}-{high}"
                for measure, (low, high) in rule.ranges.items()
            )
            return Fact(rule.segment_name, f"rule {rule.priority} of grid {grid}: {ranges}")
    return Fact(OTHERS, f"none of the {len(rules)} rules of grid {grid} matches")


def _score(ranking: Ranking | None, value: Value, word: str, worst: str) -> Fact:
    if ranking is None:
        return Fact(None, "the warehouse scores nobody of this source system")
    score, rank = ranking.score(value), ranking.rank(value)
    low, high = ranking.values.get(score, (value, value))
    span = plain(low) if low == high else f"{plain(low)} to {plain(high)}"
    how = (
        f"{word} {plain(value)} is rank {rank:,} of {ranking.size:,}, {worst}:"
        f" 1 + floor(5 x {rank - 1:,} / {ranking.size:,}); score {score}: {span}"
    )
    return Fact(score, how)


def _rfm_code(facts: Facts) -> Fact:
    digits = [facts[f"{measure}_score"].value for measure in RFM]
    if None in digits:
        return Fact(None, "null where one of the three scores is")
    return Fact("".join(map(str, digits)), "the three scores side by side")


def plain(value: Value) -> str:
    """A number for a reader."""
    return shown(value) if isinstance(value, Decimal) else f"{value:,}"
