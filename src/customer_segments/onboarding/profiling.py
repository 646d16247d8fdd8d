"""What is in each column: blanks, different values, samples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from customer_segments.onboarding.reading import Column, sql_text

NULL_SPELLINGS = (
    "NULL", "null", "None", "nan", "NaN", "n/a", "N/A", "#N/A", "NA", "<NA>", "NaT", "-", "\\N",
)  # fmt: skip
"""What programs write for nothing."""

SAMPLE_COUNT = 3


@dataclass(frozen=True)
class Profile:
    """One column in numbers.

    Attributes:
        column: which.
        row_count: rows looked at.
        blank_count: cells that are null or hold only blanks.
        distinct_count: different values, blanks left out.
        samples: the first different values.
    """

    column: Column
    row_count: int
    blank_count: int
    distinct_count: int
    samples: tuple[str, ...]

    @property
    def filled_count(self) -> int:
        """Cells that hold a value."""
        return self.row_count - self.blank_count

    @property
    def is_unique(self) -> bool:
        """Whether no value stands in two rows."""
        return self.distinct_count == self.filled_count


def text_of(column: Column) -> str:
    """SQL of a column as text without the blanks around it."""
    return f"trim(cast({column.sql} as varchar))"


def filled(column: Column, nothing: Iterable[str] = ()) -> str:
    """SQL of the condition that a cell holds a value, none of `nothing`."""
    texts = ", ".join(sql_text(text) for text in ("", *nothing))
    return f"coalesce({text_of(column)} not in ({texts}), false)"


def profile(connection: duckdb.DuckDBPyConnection, column: Column) -> Profile:
    """Count what is in a column of `records`."""
    row_count, filled_count, distinct_count = connection.execute(
        f"select count(*), count(*) filter ({filled(column)}),"
        f" count(distinct {column.sql}) filter ({filled(column)}) from records"
    ).fetchone()
    samples = connection.execute(
        f"select cast({column.sql} as varchar) from records where {filled(column)} limit 1000"
    ).fetchall()
    return Profile(
        column=column,
        row_count=row_count,
        blank_count=row_count - filled_count,
        distinct_count=distinct_count,
        samples=tuple(dict.fromkeys(text for (text,) in samples))[:SAMPLE_COUNT],
    )


def value_counts(
    connection: duckdb.DuckDBPyConnection,
    column: Column,
    *,
    limit: int,
    nothing: Iterable[str] = (),
    only: Iterable[str] | None = None,
) -> dict[str, int]:
    """The most frequent values of a column of `records` with their counts.

    Args:
        connection: with the table.
        column: which.
        limit: at most so many values.
        nothing: texts that are no values.
        only: values to count; by default all.
    """
    wanted = "" if only is None else f" and list_contains({_list(only)}, {text_of(column)})"
    return dict(
        connection.execute(
            f"select {text_of(column)} as value, count(*) from records"
            f" where {filled(column, nothing)}{wanted}"
            " group by value order by 2 desc, value limit ?",
            [limit],
        ).fetchall()
    )


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(sql_text(text) for text in texts)}]"
