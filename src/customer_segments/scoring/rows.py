"""A file of raw rows: dbt computes the features from it, in a warehouse that is thrown away.

The build is told what the build that fitted the model was told; only what the feature table reads
is built, and no fit.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from customer_segments.onboarding.reading import Source, sql_name, sql_text
from customer_segments.onboarding.vars_file import to_yaml
from customer_segments.passport.raw_tables import TABLES, RawTable
from customer_segments.scoring.customers import check_as_of
from customer_segments.scoring.errors import ScoringError
from customer_segments.scoring.models import Model
from customer_segments.warehouse import PROJECT_DIR

NOT_VARS = ("data_dir", "source_systems", "as_of_date")
"""Settings of a build that are no vars, or that differ here."""

ERROR_LINES = 30

CANONICAL = {
    "orders": ("customer_id", "ordered_at"),
    "interactions": ("customer_id", "occurred_at"),
}
"""Columns that a custom source without a mapping has at least."""

TOTALS = """
select sum(raw_total), sum(used), sum(guest), sum(after_as_of), sum(rejected)
from built.marts.control_totals
where measure = 'rows'
"""


@dataclass(frozen=True)
class RowTotals:
    """Where the raw rows went."""

    raw: int
    used: int
    guest: int
    after_as_of: int
    rejected: int


@dataclass(frozen=True)
class RawFormat:
    """How a source system's rows are read.

    Attributes:
        tables: published raw tables; empty for a custom source.
        kind: of a custom source, orders or interactions.
        mapping: entry of a custom source in the vars.
    """

    tables: tuple[RawTable, ...]
    kind: str
    mapping: Mapping[str, Any]

    @property
    def columns(self) -> list[str]:
        """Columns that a file must have, of the first table; pointers into JSON count, too."""
        if self.tables:
            return list(self.tables[0].columns)
        return [str(name) for name in (self.mapping.get("columns") or {}).values()] or list(
            CANONICAL[self.kind]
        )

    @property
    def words(self) -> str:
        """What raw rows must be, in words."""
        if len(self.tables) > 1:
            files = ", ".join(table.files for table in self.tables)
            return f"the folder that holds {files}"
        return ", ".join(self.columns)

    @property
    def customer_ids(self) -> list[str]:
        """SQL for the customer that a rejected row names, of its column raw_row."""
        if self.tables:
            return [
                table.id_in_sql(_cell(table.customer_column))
                for table in self.tables
                if table.customer_column
            ]
        return [_cell(str((self.mapping.get("columns") or {}).get("customer_id", "customer_id")))]


def raw_format(model: Model) -> RawFormat:
    """How the raw rows of the model's source system are read."""
    system = model.card.source_system
    tables = tuple(table for table in TABLES if table.source_system == system)
    kind = "interactions" if model.card.feature_table == "features_rfe" else "orders"
    setting = model.settings.get(f"custom_{kind}") or []
    entries = [setting] if isinstance(setting, Mapping) else setting
    mapping = next(
        (entry for entry in entries if entry.get("source_system", "custom") == system), {}
    )
    return RawFormat(tables, kind, mapping)


def holds_raw_rows(source: Source, format_: RawFormat) -> bool:
    """Whether a file has the columns of raw rows."""
    return set(format_.columns) <= {column.name for column in source.columns}


def load_raw_rows(
    connection: duckdb.DuckDBPyConnection,
    warehouse: duckdb.DuckDBPyConnection,
    path: Path,
    source: Source | None,
    model: Model,
    as_of: date | None,
    folder: Path,
) -> RowTotals:
    """Make the tables `customers` and `rejected` of a file, or of a folder with the raw tables.

    Args:
        connection: holds the table `records`, where there is a file.
        warehouse: that of the model, open for reading.
        path: file or folder.
        source: what `records` was read from; None for a folder.
        model: the stored model.
        as_of: date that features are computed as of; by default the day after the last row.
        folder: an empty one, for all that dbt reads and writes.

    Raises:
        ScoringError: dbt cannot read the rows, they are in another currency, or they end before the
            model was fitted.
    """
    format_ = raw_format(model)
    fitted = model.card.fitted_as_of
    if as_of and fitted and as_of < fitted:
        raise ScoringError(
            f"AS_OF is {as_of}, but the model was fitted as of {fitted}: it has seen what came"
            f" later. Set {fitted} or a later day."
        )
    variables = {name: value for name, value in model.settings.items() if name not in NOT_VARS}
    if format_.tables:
        variables |= _published(connection, path, source, format_, folder / "data")
    else:
        variables |= _custom(path, source, format_, folder / "data")
    if as_of:
        variables["as_of_date"] = f"{model.card.source_system}={as_of}"
    built = _build(variables, model, folder)
    connection.execute(f"attach {sql_text(str(built))} as built (read_only)")
    try:
        if not format_.tables and format_.kind == "orders":
            _check_currency(connection, warehouse, model)
        _take_over(connection, model, format_)
        _check_last_row(connection, model)
        check_as_of(connection, model)
        found = connection.execute(TOTALS).fetchone()
    finally:
        connection.execute("detach built")
    return RowTotals(*(int(number or 0) for number in found))


def _published(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    source: Source | None,
    format_: RawFormat,
    data_dir: Path,
) -> dict[str, Any]:
    """Put the files where the published source system has them; returns vars that differ."""
    subfolder = format_.tables[0].files.split("/")[0]
    system = format_.tables[0].source_system
    data_dir.mkdir()
    if source is None:
        inner = path / subfolder
        (data_dir / subfolder).symlink_to(inner if inner.is_dir() else path)
        return {}
    _check_is_one_file(path)
    if len(format_.tables) > 1:
        tables = ", ".join(table.files for table in format_.tables)
        raise ScoringError(
            f"Rows of {system} are spread over {len(format_.tables)} tables: {tables}. Give the"
            " folder that holds them, or a file of customers."
        )
    target = data_dir / subfolder
    target.mkdir()
    if source.format == "parquet":
        (target / "rows.parquet").symlink_to(path)
        return {"raw_format": {system: "parquet"}}
    if source.format == "text" and source.delimiter == format_.tables[0].delimiter:
        ending = ".csv.gz" if path.name.lower().endswith(".gz") else ".csv"
        (target / f"rows{ending}").symlink_to(path)
    else:
        # The same rows as the publisher would write them.
        cells = ", ".join(f"{c.sql} as {sql_name(c.name)}" for c in source.columns)
        connection.execute(
            f"copy (select {cells} from records) to {sql_text(str(target / 'rows.csv'))}"
            " (format csv, header, delimiter ?)".replace("?", sql_text(format_.tables[0].delimiter))
        )
    return {"raw_format": {system: "csv"}}


def _custom(
    path: Path, source: Source | None, format_: RawFormat, data_dir: Path
) -> dict[str, Any]:
    """Let the mapping read this file; returns vars that differ."""
    if source is None:
        raise ScoringError(f"{path} is a folder. Name the file in it.")
    _check_is_one_file(path)
    data_dir.mkdir()
    formats = {"text": "csv", "parquet": "parquet", "JSON lines": "json"}
    ending = ".gz" if path.name.lower().endswith(".gz") else ""
    name = f"rows.{formats[source.format]}{ending}"
    (data_dir / name).symlink_to(path)
    places = ("files", "table", "model", "source", "attach", "format", "delimiter")
    entry = {key: value for key, value in format_.mapping.items() if key not in places}
    entry |= {"files": name, "format": formats[source.format]}
    if source.format == "text":
        entry["delimiter"] = source.delimiter
    other = "orders" if format_.kind == "interactions" else "interactions"
    return {f"custom_{format_.kind}": [entry], f"custom_{other}": []}


def _check_is_one_file(path: Path) -> None:
    if not path.is_file():
        raise ScoringError(f"{path} stands for several files. Raw rows are read from one.")


def _build(variables: Mapping[str, Any], model: Model, folder: Path) -> Path:
    """Build what the feature table reads; returns the warehouse."""
    path = folder / "warehouse.duckdb"
    selected = (
        f"+{model.card.feature_table}",
        *("+int_customer_totals", "+int_as_of_dates", "+rejected_rows", "+control_totals"),
    )
    finished = subprocess.run(
        [
            *(Path(sys.executable).with_name("dbt"), "--quiet", "--no-use-colors", "build"),
            *("--project-dir", PROJECT_DIR, "--profiles-dir", PROJECT_DIR),
            *("--select", *selected, "--exclude-resource-type", "test", "unit_test"),
            *("--vars", to_yaml(variables)),
            *("--target-path", folder / "target", "--log-path", folder / "logs"),
        ],
        cwd=PROJECT_DIR,
        env={
            **{name: value for name, value in os.environ.items() if name != "AS_OF_DATE"},
            "WAREHOUSE_PATH": str(path),
            "DATA_DIR": str(folder / "data"),
            "SOURCE_SYSTEMS": model.card.source_system,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        lines = [line for line in finished.stdout.splitlines() if line.strip()]
        raise ScoringError(
            "dbt cannot compute the features of these rows:\n" + "\n".join(lines[-ERROR_LINES:])
        )
    return path


def _check_currency(
    connection: duckdb.DuckDBPyConnection, warehouse: duckdb.DuckDBPyConnection, model: Model
) -> None:
    """Refuse amounts in a currency that the model was not fitted on."""
    query = (
        "select distinct currency from {}staging.stg_custom__orders"
        " where source_system = ? and rejection_reason is null and currency is not null order by 1"
    )
    keys = [model.card.source_system]
    found = [name for (name,) in connection.execute(query.format("built."), keys).fetchall()]
    fitted = [name for (name,) in warehouse.execute(query.format(""), keys).fetchall()]
    others = [name for name in found if name not in fitted]
    if fitted and others:
        raise ScoringError(
            f"The file has amounts in {', '.join(others)}; the model was fitted on"
            f" {', '.join(fitted)}. Convert them, or leave these rows out."
        )


def _take_over(connection: duckdb.DuckDBPyConnection, model: Model, format_: RawFormat) -> None:
    """Copy features, customers without features, and rejected rows from the thrown-away build."""
    system = sql_text(model.card.source_system)
    features = ", ".join(
        f"cast({sql_name(feature.name)} as decimal(18, 6)) as {sql_name(feature.name)}"
        for feature in model.features
    )
    what = "session" if format_.kind == "interactions" else "order"
    ids = ", ".join(format_.customer_ids)
    connection.execute(
        """
        create or replace table rejected as
        select source_system, source_table, source_file, row_id, rejection_reason, raw_row
        from built.marts.rejected_rows
        order by all
        """
    )
    connection.execute(
        f"""
        create or replace table customers as
        with featured as (
            select
                customer_id, as_of_date, is_in_fit, cast(null as varchar) as reason, {features}
            from built.features.{model.card.feature_table}
            where source_system = {system}
        ),
        known as (
            select customer_id
            from built.intermediate.int_customer_totals
            where source_system = {system}
            union
            select coalesce({ids}) as customer_id
            from rejected
        ),
        without as (
            select customer_id, 'no valid {what} before the as-of date' as reason
            from known
            where trim(customer_id) <> ''
            and customer_id not in (select customer_id from featured)
        ),
        as_of_dates as (
            select as_of_date
            from built.intermediate.int_as_of_dates
            where source_system = {system}
        )
        from featured
        union all by name
        select customer_id, as_of_date, true as is_in_fit, reason from without, as_of_dates
        """
    )


def _cell(column: str) -> str:
    """SQL for a cell of raw_row: by a JSON pointer, so that a name may hold any letter."""
    escaped = column.replace("~", "~0").replace("/", "~1")
    return f"json_extract_string(raw_row, {sql_text(f'/{escaped}')})"


def _check_last_row(connection: duckdb.DuckDBPyConnection, model: Model) -> None:
    """Say which setting is missing where the default as-of date is before the model's."""
    fitted = model.card.fitted_as_of
    found = connection.execute(
        "select as_of_date, is_default, last_event_date from built.intermediate.int_as_of_dates"
        " where source_system = ?",
        [model.card.source_system],
    ).fetchone()
    if not found or found[0] is None or not fitted:
        return
    as_of, is_default, last = found
    if is_default and as_of < fitted:
        raise ScoringError(
            f"The last row is of {last}, so the customers would be as of {as_of}; but the model was"
            f" fitted as of {fitted}: it has seen what came later. Set AS_OF={fitted} or a later"
            " day."
        )
