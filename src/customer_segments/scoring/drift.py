"""How far scored customers are from those that the model was fitted on.

The same index as in `marts.segmentation_drift` (macro population_stability_index): the sum over
bins of (p - q) ln(p / q), with an empty bin counted as half a customer.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from customer_segments.onboarding.reading import sql_name, sql_text
from customer_segments.scoring.models import Bin, Model

TOO_FEW, STABLE, WATCH, ACT = "too few customers", "stable", "watch", "act"

INDEX = """
with totalled as (
    select
        *,
        sum(fit_count) over (partition by measure) as fit_total,
        sum(current_count) over (partition by measure) as current_total
    from bins
),

shares as (
    select
        *,
        greatest(cast(fit_count as double), 0.5e0) / fit_total as fit_share,
        greatest(cast(current_count as double), 0.5e0) / current_total as current_share
    from totalled
)

select
    measure,
    count(*),
    round(
        cast(
            sum(
                cast(
                    (current_share - fit_share) * ln(current_share / fit_share)
                    as decimal(38, 12)
                )
            ) as double
        ),
        6
    ),
    round((count(*) - 1) * (1e0 / min(fit_total) + 1e0 / min(current_total)), 6)
from shares
group by measure
"""


@dataclass(frozen=True)
class Drift:
    """One measure of scored customers against the fit.

    Attributes:
        measure: a feature, or segment_id.
        bin_count: bins that the index is added up over.
        index: population stability index; 0 where the shares of all bins are the same.
        by_chance: index to expect where both are drawn from the same customers.
        level: stable, watch, act, or too few customers to say.
    """

    measure: str
    bin_count: int
    index: float
    by_chance: float
    level: str


def drift(connection: duckdb.DuckDBPyConnection, model: Model) -> list[Drift]:
    """Compare the customers of `placed` with those of the fit; none where nobody was placed.

    Args:
        connection: holds the table `placed`.
        model: the stored model.

    Returns:
        One entry per feature, in the order of the fit, then that of the segments.
    """
    (count,) = connection.execute("select count(*) from placed where is_placed").fetchone()
    if not count:
        return []
    measures = [*(feature.name for feature in model.features), "segment_id"]
    binned = "\nunion all\n".join(
        f"select {sql_text(measure)}, {_bin(measure, model.bins[measure])}, count(*)"
        " from placed where is_placed group by all"
        for measure in measures
    )
    fitted = ", ".join(
        f"({sql_text(measure)}, {bin_.number}, {bin_.customer_count})"
        for measure in measures
        for bin_ in model.bins[measure]
    )
    connection.execute(
        f"""
        create or replace table bins as
        select fitted.*, coalesce(scored.current_count, 0) as current_count
        from (values {fitted}) as fitted (measure, bin, fit_count)
        left join ({binned}) as scored (measure, bin, current_count)
            on fitted.measure = scored.measure and fitted.bin = scored.bin
        """
    )
    found = {row[0]: row[1:] for row in connection.execute(INDEX).fetchall()}
    return [
        Drift(measure, *found[measure], _level(*found[measure][1:], model)) for measure in measures
    ]


def _bin(measure: str, bins: tuple[Bin, ...]) -> str:
    """SQL for the bin that a value falls into."""
    *closed, last = bins
    branches = "".join(
        f" when {sql_name(measure)} <= {bin_.upper_bound} then {bin_.number}" for bin_ in closed
    )
    return f"case{branches} else {last.number} end" if closed else str(last.number)


def _level(index: float, by_chance: float, model: Model) -> str:
    levels = model.drift_levels
    if by_chance >= levels["watch"]:
        return TOO_FEW
    if index >= levels["act"]:
        return ACT
    return WATCH if index >= levels["watch"] else STABLE
