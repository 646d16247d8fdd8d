"""A file of customers, one row each, with the features or the measures they are computed from."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import date

import duckdb

from customer_segments.onboarding.reading import Source, sql_name, sql_text
from customer_segments.scoring.errors import ScoringError, counted
from customer_segments.scoring.models import Feature, Model, log1p

KEYS = ("source_system", "customer_id", "as_of_date", "is_in_fit")
"""Columns that a file may have beside the features; customer_id it must."""

SHOWN = 5


def names_customers(source: Source, model: Model) -> bool:
    """Whether a file is one of customers: it has customer_id and each feature in one form."""
    names = {column.name for column in source.columns}
    return "customer_id" in names and all(_column_of(f, names) for f in model.features)


def wanted_columns(model: Model) -> str:
    """The columns that a file of customers must have, in words."""
    features = ", ".join(
        f"{feature.name} (or {feature.raw_name})" if feature.raw_name else feature.name
        for feature in model.features
    )
    return f"customer_id, {features}"


def named_by_place(source: Source, model: Model) -> dict[str, str]:
    """Names for the columns of a file without a header: customer_id, then the features."""
    names = ["customer_id", *(feature.name for feature in model.features)]
    return {column.name: name for column, name in zip(source.columns, names, strict=True)}


def load_customers(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    model: Model,
    as_of: date | None,
    names: dict[str, str] | None = None,
) -> list[str]:
    """Make the table `customers` of the table `records`, and check it.

    Args:
        connection: holds `records`.
        source: what `records` was read from.
        model: the stored model.
        as_of: date that the features are as of, where the file does not say it.
        names: other names for the columns of the file.

    Returns:
        What was left aside, in words.

    Raises:
        ScoringError: a customer has no id or occurs twice, a cell cannot be read, the customers
            are of another source system, or they are from before the model.
    """
    cells = {
        (names or {}).get(column.name, column.name): column.sql
        if column.is_number
        else f"nullif(trim(cast({column.sql} as varchar)), '')"
        for column in source.columns
    }
    # As it stands: an id may begin with a blank.
    (id_column,) = (
        column.sql
        for column in source.columns
        if (names or {}).get(column.name, column.name) == "customer_id"
    )
    cells["customer_id"] = f"cast({id_column} as varchar)"
    _check_ids(connection, cells["customer_id"])
    _check_source_system(connection, cells, model)
    if "as_of_date" in cells and as_of:
        raise ScoringError(
            "AS_OF is set, but the file has a column as_of_date. Leave one of them out."
        )
    used = {f.name: _column_of(f, set(cells)) for f in model.features}
    _check_cells(connection, used.values(), cells)
    features = ", ".join(
        f"{_value(feature, used[feature.name], cells)} as {sql_name(feature.name)}"
        for feature in model.features
    )
    as_of_sql = (
        f"try_cast({cells['as_of_date']} as date)"
        if "as_of_date" in cells
        else f"cast({sql_text(as_of.isoformat()) if as_of else 'null'} as date)"
    )
    connection.execute(
        f"""
        create or replace table customers as
        select
            {cells["customer_id"]} as customer_id,
            {as_of_sql} as as_of_date,
            {_is_in_fit(model, cells)} as is_in_fit,
            cast(null as varchar) as reason,
            {features}
        from records
        """
    )
    check_as_of(connection, model)
    known = {*KEYS, *model.table_columns, *used.values()}
    unknown = [name for name in cells if name not in known]
    return [f"Columns that nothing reads: {', '.join(unknown)}."] if unknown else []


def check_as_of(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Refuse customers as of a date before the model was fitted: it has seen their future.

    Raises:
        ScoringError: there are some.
    """
    fitted = model.card.fitted_as_of
    (earliest,) = connection.execute("select min(as_of_date) from customers").fetchone()
    if fitted and earliest and earliest < fitted:
        raise ScoringError(
            f"The customers are as of {earliest}, but the model was fitted as of {fitted}: it has"
            " seen what came later. Compute them as of that day or a later one, or build as of"
            f" {earliest} and use that model."
        )


def unfit_columns(source: Source, wanted: list[str]) -> str:
    """What a file lacks of the columns wanted, with names of it that are near, in words."""
    names = [column.name for column in source.columns]
    missing = [name for name in wanted if name not in names]
    near = {
        name: found[0] for name in missing if (found := difflib.get_close_matches(name, names, n=1))
    }
    hints = ", ".join(f"{found} for {name}?" for name, found in near.items())
    return ", ".join(missing) + (f" ({hints})" if hints else "")


def _column_of(feature: Feature, names: set[str]) -> str | None:
    """The column that gives a feature: itself, or the measure it is computed from."""
    if feature.name in names:
        return feature.name
    return feature.raw_name if feature.raw_name in names else None


def _value(feature: Feature, column: str, cells: dict[str, str]) -> str:
    """SQL for a feature of a row, with the rounding of the feature table."""
    cell = cells[column]
    if column == feature.name:
        return f"try_cast({cell} as decimal(18, 6))"
    type_ = feature.raw_type if feature.raw_type.startswith("DECIMAL") else "double"
    return log1p(f"try_cast({cell} as {type_})")


def _is_in_fit(model: Model, cells: dict[str, str]) -> str:
    """SQL for whether a customer can be in a segment; features_rfm asks for a positive amount."""
    if "is_in_fit" in cells:
        return f"coalesce(try_cast({cells['is_in_fit']} as boolean), true)"
    if model.card.segmentation == "rfm_kmeans":
        for name in ("monetary_amount", "monetary_log"):
            if name in cells:
                amount = f"try_cast({cells[name]} as double)"
                return f"coalesce({amount} > 0, true)"
    return "true"


def _check_ids(connection: duckdb.DuckDBPyConnection, cell: str) -> None:
    rows, nameless, distinct = connection.execute(
        f"select count(*), count(*) filter (coalesce(trim({cell}), '') = ''),"
        f" count(distinct {cell}) from records"
    ).fetchone()
    if nameless:
        raise ScoringError(f"{counted(nameless, 'row')} without a customer_id. Each needs one.")
    if distinct < rows:
        twice = connection.execute(
            f"select {cell}, count(*) from records group by 1 having count(*) > 1"
            " order by 2 desc, 1"
        ).fetchall()
        shown = ", ".join(f"{name} ({count} times)" for name, count in twice[:SHOWN])
        raise ScoringError(
            f"{counted(len(twice), 'customer')} in more than one row: {shown}"
            f"{' ...' if len(twice) > SHOWN else ''}. A file of customers has one row each."
        )


def _check_source_system(
    connection: duckdb.DuckDBPyConnection, cells: dict[str, str], model: Model
) -> None:
    if "source_system" not in cells:
        return
    others = connection.execute(
        f"select distinct {cells['source_system']} from records"
        f" where {cells['source_system']} <> ? order by 1 limit {SHOWN}",
        [model.card.source_system],
    ).fetchall()
    if others:
        raise ScoringError(
            f"The file has customers of {', '.join(name for (name,) in others)}; the model is of"
            f" {model.card.source_system}. Give the rows of that source system only."
        )


def _check_cells(
    connection: duckdb.DuckDBPyConnection, numbers: Iterable[str], cells: dict[str, str]
) -> None:
    """Raise where a cell that is not blank cannot be read; one scan for all columns."""
    # Infinity is not below, nor is NaN, which is larger than every number here.
    problems = {
        name: (
            f"coalesce(abs(try_cast({cells[name]} as double)) >= 1e12, true)",
            "a number below 10^12 (decimal point, no thousands mark)",
        )
        for name in numbers
    }
    for name, type_, words in (
        ("as_of_date", "date", "a date (YYYY-MM-DD)"),
        ("is_in_fit", "boolean", "true or false"),
    ):
        if name in cells:
            problems[name] = (f"try_cast({cells[name]} as {type_}) is null", words)
    counts = connection.execute(
        "select "
        + ", ".join(
            f"count(*) filter ({cells[name]} is not null and {condition})"
            for name, (condition, _) in problems.items()
        )
        + " from records"
    ).fetchone()
    for (name, (condition, words)), count in zip(problems.items(), counts, strict=True):
        if count:
            customer, cell = connection.execute(
                f"select {cells['customer_id']}, {cells[name]} from records"
                f" where {cells[name]} is not null and {condition} order by rowid limit 1"
            ).fetchone()
            raise ScoringError(
                f"{counted(count, 'cell')} of {name} cannot be read: '{cell}' of customer"
                f" {customer} is not {words}."
            )
