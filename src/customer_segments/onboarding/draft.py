"""A proposal in the making: what is mapped, what follows from it, and what must be asked."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

import duckdb

from customer_segments.onboarding import numbers
from customer_segments.onboarding.dates import DateReading, read_dates
from customer_segments.onboarding.names import NAMES
from customer_segments.onboarding.numbers import NumberFormat, Shape
from customer_segments.onboarding.profiling import (
    NULL_SPELLINGS,
    Profile,
    filled,
    profile,
    value_counts,
)
from customer_segments.onboarding.reading import Column, Source, counted
from customer_segments.onboarding.settings import FORMATS, NEEDED_COLUMNS, Settings, UsageError

SHOWN = 8
"""Values that are listed before `and n more`."""


@dataclass(frozen=True)
class Match:
    """A column that is taken for a name, and why."""

    name: str
    profile: Profile
    why: str

    @property
    def column(self) -> Column:
        """The column."""
        return self.profile.column


@dataclass(frozen=True)
class Option:
    """An answer to a question: what to add to the command line, and what it means."""

    command: str
    meaning: str = ""


FORMAT_OPTION = Option(
    "--set date_formats=FORMAT",
    "in the letters of strptime: %d day, %m month, %Y year, %H:%M:%S time",
)


@dataclass(frozen=True)
class Question:
    """Something that only the user knows: what was seen, why it is not clear, and the answers."""

    seen: str
    why: str
    options: tuple[Option, ...]


@dataclass
class Draft:
    """What a custom source of the file could be.

    Attributes:
        connection: with the table `records`.
        source: what the table was read from.
        settings: answers of the user.
        kind: orders or interactions.
        why_kind: what speaks for it.
        source_system: name of the business.
        profiles: by name of the column.
        matches: by canonical name.
        refused: columns that are called like a name but are not mapped to it, with the reason.
        asked: canonical names about whose column there is a question.
        formats: keys and values of the vars file that differ from the defaults.
        evidence: headings with what the values say for the formats.
        notes: what follows from the mapping.
        questions: what is open.
    """

    connection: duckdb.DuckDBPyConnection
    source: Source
    settings: Settings
    kind: str = "orders"
    why_kind: str = ""
    source_system: str = ""
    profiles: dict[str, Profile] = field(default_factory=dict)
    matches: dict[str, Match] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    formats: dict[str, str | list[str]] = field(default_factory=dict)
    evidence: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    _dates: dict[Column, DateReading] = field(default_factory=dict)
    _shapes: dict[Column, list[Shape]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.profiles = {c.name: profile(self.connection, c) for c in self.source.columns}
        self.formats = {
            key: value for key, value in self.settings.formats.items() if key != "delimiter"
        }
        if self.source.delimiter != self.source.default_delimiter:
            self.formats["delimiter"] = self.source.delimiter

    @property
    def nothing(self) -> tuple[str, ...]:
        """Texts that mean nothing."""
        given = self.settings.texts("null_values")
        return NULL_SPELLINGS if given is None else tuple(given)

    @property
    def ordered_matches(self) -> list[Match]:
        """The mapping, in the order of `NAMES`."""
        return [self.matches[name] for name in NAMES[self.kind] if name in self.matches]

    @property
    def ordered_formats(self) -> dict[str, str | list[str]]:
        """The formats, in the order of `FORMATS`.

        An empty one is the default, but for statuses and event types, where it means `none`.
        """
        return {
            key: self.formats[key]
            for key in FORMATS
            if self.formats.get(key)
            or (key in self.formats and NEEDED_COLUMNS.get(key) in self.matches)
        }

    @property
    def number_format(self) -> NumberFormat:
        """How numbers are written, as far as it is known."""
        return NumberFormat(
            decimal_mark=str(self.formats.get("decimal_mark", ".")),
            thousands_mark=str(self.formats.get("thousands_mark", "")),
            currency_signs=tuple(self.formats.get("currency_signs", ())),
        )

    def free(self) -> list[Column]:
        """Columns that nothing is mapped to, in the order of the file."""
        taken = {match.column for match in self.matches.values()}
        return [column for column in self.source.columns if column not in taken]

    def match(self, name: str, column: str, why: str) -> None:
        """Take a column for a name."""
        self.matches[name] = Match(name, self.profiles[column], why)

    def columns(self, *names: str) -> list[Column]:
        """The columns that are mapped to some names."""
        return [self.matches[name].column for name in names if name in self.matches]

    def ask(self, seen: str, why: str, *options: Option) -> None:
        """Leave a question open."""
        self.questions.append(Question(seen, why, options))

    def one(self, sql: str) -> int:
        """Answer of a query for one number."""
        (value,) = self.connection.execute(sql).fetchone()
        return value

    def value_count(self, column: Column) -> int:
        """Cells that hold a value, texts that mean nothing left out."""
        return self.one(f"select count(*) from records where {filled(column, self.nothing)}")

    def values(self, column: Column, limit: int) -> dict[str, int]:
        """The most frequent values of a column with their counts."""
        return value_counts(self.connection, column, limit=limit, nothing=self.nothing)

    def dates(self, column: Column) -> DateReading:
        """How a column is read as dates; formats that the user has set win.

        Raises:
            UsageError: a format that the user has set is none.
        """
        if column not in self._dates:
            try:
                self._dates[column] = read_dates(
                    self.connection,
                    column,
                    nothing=self.nothing,
                    given=self.settings.texts("date_formats"),
                )
            except duckdb.Error as error:
                raise UsageError(f"date_formats: {str(error).splitlines()[0]}") from error
        return self._dates[column]

    def shapes(self, column: Column) -> list[Shape]:
        """Values of a column by their shape as numbers."""
        if column not in self._shapes:
            self._shapes[column] = numbers.shapes(self.connection, column, self.nothing)
        return self._shapes[column]

    def number_share(self, column: Column) -> float:
        """Share of the values that are numbers in any format."""
        if not column.is_text:
            return float(column.is_number)
        return numbers.number_share(self.shapes(column), self.value_count(column))

    def rows(self, count: int) -> str:
        """A number of rows with their share: `135,080 rows (24.9%)`."""
        share = f"{count / self.source.row_count:.1%}"
        share = "under 0.1%" if share == "0.0%" else share
        return f"{counted(count, 'row')} ({share})"

    def listed(self, column: Column) -> str:
        """The values of a column with their counts: `paid (1,200), failed (7)`."""
        counts = self.values(column, SHOWN)
        more = self.profiles[column.name].distinct_count - SHOWN
        text = ", ".join(f"{value} ({count:,})" for value, count in counts.items())
        return f"{text} and {more:,} more" if more > 0 else text


def to_set(*assignments: str) -> str:
    """Options of the command line for texts KEY=VALUE."""
    return " ".join(f"--set {shlex.quote(assignment)}" for assignment in assignments)
