"""From a file to a proposal, and from a proposal to the vars of dbt."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb

from customer_segments.onboarding.consequences import say_consequences
from customer_segments.onboarding.draft import Draft
from customer_segments.onboarding.formats import find_formats
from customer_segments.onboarding.mapping import decide_kind, map_columns
from customer_segments.onboarding.names import normalised
from customer_segments.onboarding.reading import Source
from customer_segments.onboarding.settings import NEEDED_COLUMNS, Settings, UsageError

PUBLISHED_SYSTEMS = ("online_retail", "superstore", "bank", "credit_card", "ad_clicks")
"""Names of source systems that are taken."""
SOURCE_SYSTEM = re.compile("[a-z][a-z0-9_]{0,39}")


def propose(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    settings: Settings,
    kind: str | None = None,
    source_system: str | None = None,
) -> Draft:
    """Map the columns of the table `records`, find their formats, and ask what is not clear.

    Args:
        connection: with the table.
        source: what the table was read from.
        settings: answers of the user.
        kind: orders or interactions; by default the columns decide.
        source_system: by default made of the file's name.

    Raises:
        UsageError: an answer does not fit the file.
    """
    draft = Draft(connection, source, settings)
    draft.source_system = source_system or source_system_of(source.pattern)
    if not SOURCE_SYSTEM.fullmatch(draft.source_system) or (
        draft.source_system in PUBLISHED_SYSTEMS
    ):
        raise UsageError(
            f"--source-system {draft.source_system!r}: take lower-case letters, digits and"
            f" underscores, and none of {', '.join(PUBLISHED_SYSTEMS)}."
        )
    decide_kind(draft, kind)
    map_columns(draft)
    for key, name in NEEDED_COLUMNS.items():
        if settings.formats.get(key) and name not in draft.matches:
            raise UsageError(f"{key} needs a column that is mapped to {name}.")
    find_formats(draft)
    say_consequences(draft)
    return draft


def source_system_of(pattern: str) -> str:
    """Name of a source system, made of the name of a file."""
    stem = Path(pattern).name.partition(".")[0]
    words = [normalised(word) for word in re.split(r"[\W_]+", stem)]
    name = re.sub("[^a-z0-9]+", "_", "_".join(words)).strip("_")[:32].rstrip("_")
    if not re.match("[a-z]", name):
        name = f"shop_{name}".rstrip("_")
    return f"{name}_export" if name in PUBLISHED_SYSTEMS else name


def variables(draft: Draft) -> dict[str, Any]:
    """Vars of dbt that make the proposal a custom source; defaults are left out."""
    return {
        f"custom_{draft.kind}": {
            "source_system": draft.source_system,
            "files": draft.source.pattern,
            "columns": {match.name: match.column.name for match in draft.ordered_matches},
            **draft.ordered_formats,
        }
    }
