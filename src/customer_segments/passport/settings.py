"""What the last build was told: where the raw files are, and the vars its numbers depend on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import yaml

from customer_segments.passport.errors import PassportError
from customer_segments.warehouse import PROJECT_DIR

LAST_BUILD = """
select builds.started_at, builds.settings, build_status.state, build_status.is_mixed
from marts.build_status
inner join operations.builds as builds using (build_id)
"""


@dataclass(frozen=True)
class Settings:
    """Settings of one build, as its row in operations.builds has them.

    Attributes:
        started_at: when the build began, with time zone.
        data_dir: folder of the raw files.
        source_systems: those that were built.
        as_of_date: the setting: empty, one date, or `system=date,...`.
        plausible_dates: first and last day on which an event can be.
        reject_duplicate_lines: whether surplus copies of a line are rejected.
        activity_window_days: days that scores and fits look at; None is the lifetime.
        monetary_measure: net_amount or gross_amount.
        grids: names of the grids that were applied.
        impressions: whether ads shown are counted, or clicks only.
        bank_status_known_from: day from which the status of a running loan is known.
        session_gap: time without a row after which a session of a custom source ends.
        raw_format: csv or parquet, by source system.
        custom: settings of each custom source, by (kind, source system).
        features: features of each segmentation, in order.
        card_imputation: what stands in for a missing attribute of a card holder: median, mean or
            none.
    """

    started_at: datetime
    data_dir: Path
    source_systems: tuple[str, ...]
    as_of_date: str
    plausible_dates: tuple[date, date]
    reject_duplicate_lines: bool
    activity_window_days: int | None
    monetary_measure: str
    grids: tuple[str, ...]
    impressions: bool
    bank_status_known_from: date
    session_gap: timedelta
    raw_format: Mapping[str, str]
    custom: Mapping[tuple[str, str], Mapping[str, Any]]
    features: Mapping[str, tuple[str, ...]]
    card_imputation: str

    def check_knows(self, source_system: str) -> None:
        """Check that a source system was built.

        Raises:
            PassportError: it was not; names those that were.
        """
        if source_system not in self.source_systems:
            raise PassportError(
                f"SOURCE is '{source_system}', which is not in the warehouse. Known:"
                f" {', '.join(self.source_systems)}."
            )

    def is_plausible(self, day: date) -> bool:
        """Whether an event can have happened on this day."""
        first, last = self.plausible_dates
        return first <= day <= last

    def set_as_of_date(self, source_system: str) -> date | None:
        """The as-of date that was set for a source system; None where none was."""
        found = None
        for entry in filter(None, self.as_of_date.replace(" ", "").split(",")):
            system, _, day = entry.rpartition("=")
            if system in ("", source_system):
                found = date.fromisoformat(day)
        return found


def read_settings(connection: duckdb.DuckDBPyConnection) -> Settings:
    """Read the settings of the last build.

    Raises:
        PassportError: there was no build, it left a mixed set of tables, or it is from before
            settings were kept.
    """
    try:
        found = connection.execute(LAST_BUILD).fetchall()
    except duckdb.CatalogException as error:
        raise PassportError(
            "The warehouse has no marts.build_status or no settings in operations.builds. Run `make"
            " build`, or point WAREHOUSE_PATH to a warehouse of this project."
        ) from error
    if not found:
        raise PassportError("Nothing was built into this warehouse yet. Run `make build`.")
    started_at, text, state, is_mixed = found[0]
    if is_mixed:
        raise PassportError(
            f"The tables are not from one run: the last one is `{state}` (marts.build_status). Run"
            " `make build` without a selection, so that there is one set to explain."
        )
    if text is None:
        raise PassportError(
            "The last build did not write down its settings. Run `make build` again."
        )
    try:
        return _settings(started_at.replace(tzinfo=UTC), yaml.safe_load(text))
    except KeyError as error:
        raise PassportError(
            f"The last build did not write down its setting {error}. Run `make build` again."
        ) from error


def _settings(started_at: datetime, told: Mapping[str, Any]) -> Settings:
    first, last = told["plausible_dates"]
    return Settings(
        started_at=started_at,
        data_dir=(PROJECT_DIR / told["data_dir"]).resolve(),
        source_systems=tuple(told["source_systems"]),
        as_of_date=str(told["as_of_date"] or ""),
        plausible_dates=(_day(first), _day(last)),
        reject_duplicate_lines=bool(told["reject_duplicate_lines"]),
        activity_window_days=told["activity_window_days"],
        monetary_measure=told["monetary_measure"],
        grids=tuple(told["grids"]),
        impressions=bool(told["impressions"]),
        bank_status_known_from=_day(told["bank_status_known_from"]),
        session_gap=timedelta(minutes=float(told["session_gap_minutes"])),
        raw_format=told["raw_format"],
        custom={
            (kind, entry.get("source_system") or "custom"): entry
            for kind in ("orders", "interactions")
            for entry in _entries(told[f"custom_{kind}"])
        },
        features={name: tuple(names) for name, names in told["segmentation_features"].items()},
        card_imputation=told["segmentation_parameters"]
        .get("card_autoencoder", {})
        .get("imputation", "median"),
    )


def _entries(
    setting: Mapping[str, Any] | list[Mapping[str, Any]] | None,
) -> list[Mapping[str, Any]]:
    """One entry may stand without a list around it."""
    return [setting] if isinstance(setting, Mapping) else list(setting or [])


def _day(value: date | str) -> date:
    """YAML reads a day without quotes as a date already."""
    return value if isinstance(value, date) else date.fromisoformat(value)
