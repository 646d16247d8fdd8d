"""What `make models` and `make score` print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from customer_segments.scoring.assignment import NEIGHBOUR_COUNT
from customer_segments.scoring.errors import counted
from customer_segments.scoring.models import NEIGHBOURS, ModelCard
from customer_segments.scoring.score import Score

SUMMARY = """
select
    count(*),
    count(*) filter (segment_id > 0),
    count(*) filter (segment_id = 0),
    count(*) filter (is_outside)
from placed
"""
REASONS = """
select reason, count(*) from placed where segment_id is null group by all order by 2 desc, 1
"""
SEGMENTS = """
select segment_id, count(*), median(distance)
from placed where segment_id is not null group by all order by 1
"""
OUTSIDE = """
select regexp_extract(words, '^[^ ]+ [^ ]+') as words, count(*)
from (select unnest(string_split(outside_features, ', ')) as words from placed where is_outside)
group by 1
order by 2 desc, 1
"""
REJECTIONS = "select rejection_reason, count(*) from rejected group by all order by 2 desc, 1"


def describe_models(cards: Sequence[ModelCard]) -> str:
    """A table of the models, one line each."""
    lines = [
        ("model id", "segmentation:source system", "fitted as of", "customers", "segments", "")
    ]
    lines += [
        (
            card.model_id,
            card.name,
            str(card.fitted_as_of or "-"),
            f"{card.customer_count:,}",
            str(card.segment_count),
            f"{card.assigned_by}, features.{card.feature_table}"
            + (", of an earlier build" if card.is_earlier else ""),
        )
        for card in cards
    ]
    return _table(lines, numbers=(3, 4))


def describe_score(score: Score) -> str:
    """Model, rows, customers, segments and drift of a scored file."""
    card = score.model.card
    fitted = f"fitted as of {card.fitted_as_of} on" if card.fitted_as_of else "fitted on"
    parts = [
        [
            f"Model {card.model_id}, {card.name}: {card.segment_count} segments, {fitted}"
            f" {counted(card.customer_count, 'customer')}; by {_how(card)}."
        ],
        _rows(score),
        _customers(score),
        _segments(score),
        _drift(score),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _how(card: ModelCard) -> str:
    if card.assigned_by == NEIGHBOURS:
        return (
            f"the {NEIGHBOUR_COUNT} nearest customers of the fit, because its segments are no"
            " matter of the nearest centroid"
        )
    return card.assigned_by


def _rows(score: Score) -> list[str]:
    lines = list(score.notes)
    if score.totals:
        totals = score.totals
        lines.append(
            f"{counted(totals.raw, 'raw row')}: {totals.used:,} used, {totals.guest:,} guests,"
            f" {totals.after_as_of:,} on or after the as-of date, {totals.rejected:,} rejected."
        )
        found = score.connection.execute(REJECTIONS).fetchall()
        lines += [f"  {reason}: {counted(count, 'row')}" for reason, count in found]
    return lines


def _customers(score: Score) -> list[str]:
    query = score.connection.execute
    count, in_segments, noise, outside = query(SUMMARY).fetchone()
    lines = [f"{counted(count, 'customer')}: {in_segments:,} in segments."]
    if noise:
        lines.append(f"  {score.model.noise_name} (segment 0): {counted(noise, 'customer')}")
    lines += [
        f"  no segment, {reason}: {counted(of_reason, 'customer')}"
        for reason, of_reason in query(REASONS).fetchall()
    ]
    if outside:
        words = ", ".join(f"{words} {n:,}" for words, n in query(OUTSIDE).fetchall())
        lines.append(
            f"  outside what the model has seen: {counted(outside, 'customer')}"
            f" (is_outside; {words})"
        )
    return lines


def _segments(score: Score) -> list[str]:
    found = score.connection.execute(SEGMENTS).fetchall()
    if not found:
        return []
    total = sum(count for _, count, _ in found)
    fitted = {bin_.number: bin_.customer_count for bin_ in score.model.bins["segment_id"]}
    fitted_total = sum(fitted.values())
    names = {0: score.model.noise_name} | dict(score.model.names)
    lines = [("segment", "customers", "share", "at the fit", "median distance")]
    lines += [
        (
            f"{segment_id} {names[segment_id]}",
            f"{count:,}",
            f"{count / total:.1%}",
            f"{fitted[segment_id] / fitted_total:.1%}" if segment_id in fitted else "-",
            "-" if distance is None else f"{distance:.3f}",
        )
        for segment_id, count, distance in found
    ]
    return _table(lines, numbers=(1, 2, 3, 4)).splitlines()


def _drift(score: Score) -> list[str]:
    if not score.drift:
        return []
    levels = score.model.drift_levels
    lines = [("drift against the fit", "index", "by chance", "")]
    lines += [
        (entry.measure, f"{entry.index:.3f}", f"{entry.by_chance:.3f}", entry.level)
        for entry in score.drift
    ]
    return [
        *_table(lines, numbers=(1, 2)).splitlines(),
        f"Population stability index: watch from {levels['watch']}, act from {levels['act']}.",
    ]


def _table(lines: Iterable[Sequence[str]], numbers: Sequence[int]) -> str:
    rows = list(lines)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i in numbers else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )
