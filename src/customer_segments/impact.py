"""`make impact COLUMN=online_retail.online_retail.UnitPrice`: what depends on a raw column.

The column is taken from env COLUMN, so that no shell reads what is in it; of a seed it is
`seed.column`.
"""

import difflib
import os
import sys

import duckdb

from customer_segments.warehouse import WarehouseError, connect, warehouse_path

COMPUTED = ("value", "model-fitted")
"""Kinds of lineage in which a value of the raw column goes into a public one."""

RAW_COLUMN = "concat_ws('.', source_system, source_table, source_column)"

RAW_COLUMNS = f"""
select distinct {RAW_COLUMN}
from marts.attribute_lineage
where endpoint <> 'constant'
order by all
"""

DEPENDENTS = f"""
select model, column_name, kind
from marts.attribute_lineage
where {RAW_COLUMN} = ?
order by all
"""

COLUMN_COUNTS = """
select model, count(distinct column_name) from marts.attribute_lineage group by model
"""

# A segmentation, or a grid, is a column of customers.
SEGMENTATIONS = """
select distinct segmentation from marts.segmentations
union
select distinct grid from marts.customer_grid_segments
order by all
"""

EXPOSURES = """
select distinct name, type, owner
from operations.exposures
where list_contains(?, model)
order by all
"""

Dependents = list[tuple[str, str, str]]
"""Public table, its column, and the kind of dependence."""


class UnknownColumnError(Exception):
    """No raw column has this name; the message has those that look like it."""


def raw_column(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """The raw column as it is spelled.

    Raises:
        UnknownColumnError: there is none.
    """
    known = [column for (column,) in connection.execute(RAW_COLUMNS).fetchall()]
    by_lower_case = {column.lower(): column for column in known}
    if name.lower() in by_lower_case:
        return by_lower_case[name.lower()]
    near = difflib.get_close_matches(name.lower(), by_lower_case, n=5, cutoff=0.5)
    raise UnknownColumnError(
        f"No public column depends on `{name}`. Write source_system.source_table.source_column as"
        " published, such as online_retail.online_retail.UnitPrice."
        + (f" Near to it: {', '.join(by_lower_case[column] for column in near)}." if near else "")
    )


def report(connection: duckdb.DuckDBPyConnection, name: str) -> str:
    """Every public column, segmentation, grid and exposure that depends on a raw column, as text.

    Raises:
        UnknownColumnError: there is no such raw column.
    """
    column = raw_column(connection, name)
    dependents = connection.execute(DEPENDENTS, [column]).fetchall()
    counts = dict(connection.execute(COLUMN_COUNTS).fetchall())
    computed = [row for row in dependents if row[2] in COMPUTED]
    literal = column.replace("'", "''")
    lines = [column]
    for kind in COMPUTED:
        found = [row for row in dependents if row[2] == kind]
        if found:
            lines += ["", f"{kind}: {_public_columns(found)}", *_by_table(found, counts)]
    others = [row for row in dependents if row[2] not in COMPUTED]
    if others:
        lines += ["", f"decides which rows there are, or their order: {_public_columns(others)}"]
        lines += _counts_by_table(others, counts)
    lines += ["", "segmentations and grids", *_segmentations(connection, dependents)]
    lines += ["", "exposures", *_exposures(connection, computed, dependents)]
    lines += ["", "Each with its path:"]
    lines += [f"  select * from marts.attribute_lineage where {RAW_COLUMN} = '{literal}'"]
    return "\n".join(lines)


def _public_columns(rows: Dependents) -> str:
    count = len({row[:2] for row in rows})
    return f"{count} public column{'' if count == 1 else 's'}"


def _by_table(rows: Dependents, counts: dict[str, int]) -> list[str]:
    tables: dict[str, list[str]] = {}
    for table, column, _ in rows:
        tables.setdefault(table, []).append(column)
    return _table(
        {
            table: "every column" if len(names) == counts[table] else ", ".join(names)
            for table, names in tables.items()
        }
    )


def _counts_by_table(rows: Dependents, counts: dict[str, int]) -> list[str]:
    tables: dict[str, dict[str, int]] = {}
    for table, _, kind in rows:
        kinds = tables.setdefault(table, {})
        kinds[kind] = kinds.get(kind, 0) + 1
    return _table(
        {
            table: ", ".join(f"{kind} {count}" for kind, count in kinds.items())
            + f" of {counts[table]} columns"
            for table, kinds in tables.items()
        }
    )


def _segmentations(connection: duckdb.DuckDBPyConnection, rows: Dependents) -> list[str]:
    known = [name for (name,) in connection.execute(SEGMENTATIONS).fetchall()]
    kinds: dict[str, list[str]] = {}
    for table, column, kind in rows:
        name = column.removesuffix("_segment")
        if table == "customers" and name in known:
            kinds.setdefault(name, []).append(kind)
    return _table({name: ", ".join(found) for name, found in kinds.items()}) or ["  none"]


def _exposures(
    connection: duckdb.DuckDBPyConnection, computed: Dependents, dependents: Dependents
) -> list[str]:
    """Exposures that read a table with such a column: of one that is computed from it, if any."""
    tables = sorted({row[0] for row in computed or dependents})
    found = connection.execute(EXPOSURES, [tables]).fetchall()
    return _table({name: f"{kind}, {owner}" for name, kind, owner in found}) or ["  none"]


def _table(rows: dict[str, str]) -> list[str]:
    width = max(map(len, rows), default=0)
    return [f"  {name.ljust(width)}  {text}" for name, text in rows.items()]


def main() -> int:
    """Print what depends on a raw column; 2 for a wrong call or a missing warehouse."""
    name = os.environ.get("COLUMN", "").strip()
    if not name:
        print("Usage: make impact COLUMN=online_retail.online_retail.UnitPrice", file=sys.stderr)
        return 2
    try:
        with connect(warehouse_path(), read_only=True) as connection:
            print(report(connection, name))
    except (WarehouseError, UnknownColumnError, duckdb.Error) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
