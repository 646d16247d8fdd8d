"""What the user says with `--set KEY=VALUE`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from customer_segments.onboarding.names import NAMES, REQUIRED, nearest

LISTS = {
    "date_formats", "currency_signs", "null_values", "ignored_statuses", "return_statuses",
    "click_types", "impression_types",
}  # fmt: skip
FORMATS = (
    "delimiter", "date_formats", "time_zone", "timestamps_in", "decimal_mark", "thousands_mark",
    "currency_signs", "null_values", "only_currency", "ignored_statuses", "return_statuses",
    "click_types", "impression_types",
)  # fmt: skip
"""Keys of a custom source that are no column, in the order in which they are written."""

ALLOWED = {"decimal_mark": (".", ","), "thousands_mark": ("", ".", ",", "'", " ")}
NEEDED_COLUMNS = {
    "only_currency": "currency",
    "ignored_statuses": "status",
    "return_statuses": "status",
    "click_types": "event_type",
    "impression_types": "event_type",
}
"""Formats that say something of one column."""
COLUMN_NAMES = tuple(dict.fromkeys(name for names in NAMES.values() for name in names))


class UsageError(Exception):
    """A wrong call; the message says what would be right."""


@dataclass(frozen=True)
class Settings:
    """Answers of the user.

    Attributes:
        columns: raw column by canonical name; an empty one is left out.
        formats: text, or a list of texts, by key of `FORMATS`.
    """

    columns: dict[str, str] = field(default_factory=dict)
    formats: dict[str, str | list[str]] = field(default_factory=dict)

    def text(self, key: str) -> str | None:
        """A format that is one text; None where it is not set."""
        value = self.formats.get(key)
        return value if isinstance(value, str) else None

    def texts(self, key: str) -> list[str] | None:
        """A format that is a list; None where it is not set."""
        value = self.formats.get(key)
        return value if isinstance(value, list) else None


def parse_settings(assignments: Sequence[str]) -> Settings:
    """Settings from texts KEY=VALUE; the last of several with the same key counts.

    Raises:
        UsageError: a text is none, or its key or value is not known.
    """
    settings = Settings()
    for assignment in assignments:
        key, equals, value = assignment.partition("=")
        if not equals:
            raise UsageError(f"--set takes KEY=VALUE, not {assignment!r}.")
        if key in COLUMN_NAMES:
            settings.columns[key] = value
        elif key in LISTS:
            settings.formats[key] = value.split("|") if value else []
        elif key in FORMATS:
            if value not in ALLOWED.get(key, (value,)):
                raise UsageError(f"{key} must be one of {' '.join(map(repr, ALLOWED[key]))}.")
            if key == "delimiter":
                value = "\t" if value == "\\t" else value
                if len(value) != 1 or value in '"\r\n':
                    raise UsageError("delimiter must be one character, no quote and no line end.")
            settings.formats[key] = value
        else:
            known = (*COLUMN_NAMES, *FORMATS)
            raise UsageError(
                f"--set {key}: there is no such key.{nearest(key, known)}"
                f" Columns: {', '.join(COLUMN_NAMES)}. Formats: {', '.join(FORMATS)}."
            )
    for name in (name for names in REQUIRED.values() for name in names):
        if settings.columns.get(name) == "":
            raise UsageError(f"{name} is needed and cannot be left out.")
    taken = [column for column in settings.columns.values() if column]
    twice = sorted({column for column in taken if taken.count(column) > 1})
    if twice:
        raise UsageError(f"--set maps a column twice: {', '.join(twice)}.")
    return settings
