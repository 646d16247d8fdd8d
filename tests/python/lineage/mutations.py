"""Change the raw values of one column, build again, and see which public columns change with them.

A round is one build, in which a raw column of each source system is changed in one way. Systems do
not read each other, so what changes in the rows of a system must come from its own files: that is
checked, too, as the rows of a system whose files are left alone must stay as they are.
"""

from __future__ import annotations

import csv
import io
import random
import re
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from builds import AS_OF_SETTING, SAMPLE, Builder, Warehouse, read_bytes, write_bytes

from customer_segments.lineage import LineageRow

WORKERS = 2
ONE_THREAD = {"DBT_THREADS": "1", "DUCKDB_THREADS": "1"}

# What the lineage calls the number of rows of a raw table, and the file that a row was read from.
ROW_COUNT = "count(*)"
FILE_NAME = "(file name)"

# Public tables that hold nothing of a customer.
LEFT_OUT = {
    "build_status": "Says when a build ran and how it ended.",
    "attribute_lineage": "Says where columns come from; it is what is tested here.",
}

# Rows that are known by what stands in them are other rows when it changes. Of these tables, what
# each column holds is compared by group, whichever row it stands in.
GROUPS = {
    # What was born has no segment before it, and null is equal to nothing.
    "segment_events": ("segmentation", "source_system", "fitted_as_of", "event"),
    "rejected_rows": ("source_system", "source_table"),
    "segment_rule_cards": ("segmentation", "source_system", "segment_id"),
}


class RawTable(NamedTuple):
    source_system: str
    name: str
    files: str
    delimiter: str
    columns: tuple[str, ...]


class RawColumn(NamedTuple):
    source_system: str
    source_table: str
    source_column: str


class Edge(NamedTuple):
    """The first columns of a `LineageRow`."""

    model: str
    column_name: str
    source_system: str
    source_table: str
    source_column: str

    @property
    def public(self) -> str:
        return f"{self.model}.{self.column_name}"

    @property
    def raw(self) -> str:
        return f"{self.source_system}.{self.source_table}.{self.source_column}"


class Change(NamedTuple):
    """A public column that changed in the rows of a system when a raw column of it was changed.

    Attributes:
        edge: what must be in the lineage. Where nothing of the system was changed, its table and
            column are empty.
        mutation: in which way the raw column was changed.
        is_seen: rows that stand in both builds have other values, or other keys came or went.
            Otherwise it has values in rows that came or went, which says less.
    """

    edge: Edge
    mutation: str
    is_seen: bool


def raw_tables(manifest: Mapping[str, Any]) -> dict[str, RawTable]:
    """The raw tables of the published source systems, by name."""
    return {
        node["name"]: RawTable(
            node["source_name"],
            node["name"],
            node["config"]["meta"]["files"],
            node["config"]["meta"]["delimiter"],
            tuple(node["columns"]),
        )
        for node in manifest["sources"].values()
        if "files" in node["config"].get("meta", {})
    }


def compared_tables(manifest: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The public tables that are compared, with the columns by which their rows are told apart."""
    return {
        node["name"]: GROUPS.get(node["name"], tuple(node["config"]["meta"]["grain"]))
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["access"] == "public"
        and node["name"] not in LEFT_OUT
    }


# Raw files.


@dataclass
class RawFile:
    path: Path
    delimiter: str
    line_end: str
    header: list[str]
    rows: list[list[str]]

    @classmethod
    def read(cls, path: Path, delimiter: str) -> RawFile:
        text = read_bytes(path).decode()
        header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return cls(path, delimiter, "\r\n" if "\r\n" in text else "\n", header, rows)

    def write(self) -> None:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self.delimiter, lineterminator=self.line_end)
        writer.writerows([self.header, *self.rows])
        write_bytes(self.path, text.getvalue().encode())


def read_files(table: RawTable, folder: Path) -> list[RawFile]:
    return [RawFile.read(path, table.delimiter) for path in sorted(folder.glob(table.files))]


UNREADABLE = "unreadable"

# A cell of each raw table that rejects its row where it cannot be read.
NEEDED = {
    "online_retail": "InvoiceDate",
    "global_superstore": "Sales",
    "account": "date",
    "client": "birth_number",
    "disp": "type",
    "order": "amount",
    "loan": "amount",
    "card": "issued",
    "district": "A4",
    "trans": "amount",
    "cc_general": "BALANCE",
    "SearchInfo": "SearchID",
    "trainSearchStream": "SearchID",
}
# The customers of tables that have no guests in the sample data.
CUSTOMER = {"global_superstore": "Customer ID", "cc_general": "CUST_ID", "trans": "account_id"}


def prepare(tables: Iterable[RawTable], folder: Path) -> Path:
    """Copy the sample data, with unusable rows in every table and guests where there can be any.

    What is changed in a raw row shows in `rejected_rows` only where the row is rejected anyway.
    """
    shutil.copytree(SAMPLE, folder)
    for table in tables:
        for file in read_files(table, folder):
            every = max(10, len(file.rows) // 40)
            for row in file.rows[::every]:
                row[file.header.index(NEEDED[table.name])] = UNREADABLE
            if table.name in CUSTOMER:
                for row in file.rows[1::every]:
                    row[file.header.index(CUSTOMER[table.name])] = ""
            file.write()
    return folder


# Ways to change a raw column.

ChangeValues = Callable[[list[str], random.Random], list[str]]
ChangeFiles = Callable[[list[RawFile], str, random.Random], None]

DATE_FORMATS = (
    "%y%m%d",
    "%y%m%d 00:00:00",
    "%d/%m/%Y",
    "%d-%m-%Y",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S.0",
)
NOT_KNOWN = {"", "?", UNREADABLE}
FEW = 20


def exchange(values: list[str], chance: random.Random) -> list[str]:
    """Values change places."""
    return chance.sample(values, len(values))


def shift(values: list[str], _: random.Random) -> list[str]:
    """Equal values become another one: dates a later, numbers a larger, others the next by name.

    Few different numbers are a code: another code takes the place of each.
    """
    known = sorted({value for value in values if value.strip() not in NOT_KNOWN})
    new = dict(zip(known, known[1:] + known[:1], strict=True))
    if len(known) > FEW:
        for move in (later, larger):
            moved = {value: move(value) for value in known}
            if all(moved.values()):
                new = moved
                break
    return [new.get(value, value) for value in values]


def later(value: str) -> str | None:
    """The date some days later, not equally many for all; None of what is no date."""
    for pattern in DATE_FORMATS:
        try:
            date = datetime.strptime(value, pattern)
        except ValueError:
            continue
        return (date + timedelta(days=1 + date.toordinal() * 7 % 360)).strftime(pattern)
    return None


def larger(value: str) -> str | None:
    """A larger number, some twice or three times so; None of what is no number."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return str(number * (1 + int(number) % 3) + 1).zfill(len(value))


def spoil(values: list[str], chance: random.Random) -> list[str]:
    """A quarter of the values goes missing, cannot be read any more, or gets a sign."""
    spoiled = list(values)
    for number, row in enumerate(chance.sample(range(len(values)), max(15, len(values) // 4))):
        spoiled[row] = ("", "#", f"-{values[row]}")[number % 3]
    return spoiled


def of_values(change: ChangeValues) -> ChangeFiles:
    """Change the values of a column in all files of a table."""

    def change_files(files: list[RawFile], column: str, chance: random.Random) -> None:
        cells = [(row, file.header.index(column)) for file in files for row in file.rows]
        values = change([row[position] for row, position in cells], chance)
        for (row, position), value in zip(cells, values, strict=True):
            row[position] = value

    return change_files


def leave_out(count: int, of: int) -> ChangeFiles:
    """So many of so many rows are left out."""

    def change(files: list[RawFile], _: str, __: random.Random) -> None:
        for file in files:
            file.rows = [row for number, row in enumerate(file.rows) if number % of >= count]

    return change


def rename(files: list[RawFile], _: str, __: random.Random) -> None:
    for file in files:
        file.path = file.path.rename(file.path.with_name(file.path.name.replace(".", "_2.", 1)))


class Mutation(NamedTuple):
    """A way to change raw data.

    Attributes:
        change: takes the files of a table, a column and what decides by chance.
        as_of_date: of the builds before and after. Only with one in the middle of the data there
            are rows after it.
        column: what is changed, where it is not each column in turn.
    """

    change: ChangeFiles
    as_of_date: str | None = None
    column: str | None = None


MUTATIONS = {
    "exchange": Mutation(of_values(exchange), AS_OF_SETTING),
    "shift": Mutation(of_values(shift)),
    "spoil": Mutation(of_values(spoil)),
    # Other rows make other segments, so what one way leaves as it is another one changes.
    "drop": Mutation(leave_out(2, of=5), AS_OF_SETTING, ROW_COUNT),
    "thin": Mutation(leave_out(1, of=3), AS_OF_SETTING, ROW_COUNT),
    "rename": Mutation(rename, None, FILE_NAME),
}


class Round(NamedTuple):
    """One build; at most one column of each source system."""

    mutation: str
    columns: tuple[RawColumn, ...]


def all_rounds(tables: Iterable[RawTable]) -> list[Round]:
    """Every column of every raw table in every way that there is."""
    rounds = []
    for name, mutation in MUTATIONS.items():
        by_system: dict[str, list[RawColumn]] = {}
        for table in tables:
            columns = [mutation.column] if mutation.column else table.columns
            by_system.setdefault(table.source_system, []).extend(
                RawColumn(table.source_system, table.name, column) for column in columns
            )
        together = zip_longest(*by_system.values())
        rounds += [Round(name, tuple(filter(None, columns))) for columns in together]
    return rounds


def compare(
    before: Path, after: Path, tables: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str, str, bool]]:
    """What differs between two warehouses: table, column, source system, and `Change.is_seen`.

    Args:
        before: a warehouse.
        after: another one.
        tables: the columns of each public table by which its rows are told apart.
    """
    with duckdb.connect() as connection:
        for name, path in (("before", before), ("after", after)):
            connection.execute(f"attach '{path}' as {name}_build (read_only)")
        for table, keys in tables.items():
            columns = [
                column
                for (column,) in connection.execute(
                    "select column_name from duckdb_columns() where database_name = 'before_build'"
                    " and schema_name = 'marts' and table_name = ? order by column_index",
                    [table],
                ).fetchall()
            ]
            for system, *facts in connection.execute(_comparison(table, keys, columns)).fetchall():
                for column, differs, came_or_went in zip(
                    columns, facts[::2], facts[1::2], strict=True
                ):
                    if differs or came_or_went:
                        yield table, column, system, differs or column in keys


def _comparison(table: str, keys: Sequence[str], columns: Sequence[str]) -> str:
    """A query with two facts per column and source system: see `Change.is_seen`."""
    in_both = "before.source_system is not null and after.source_system is not null"
    facts = [
        f"""
        bool_or({in_both} and before."{column}" is distinct from after."{column}"),
        bool_or(not ({in_both}) and coalesce(before."{column}", after."{column}") is not null)
        """
        for column in columns
    ]
    return f"""
        with before as ({_rows("before", table, keys, columns)}),
        after as ({_rows("after", table, keys, columns)})
        select coalesce(before.source_system, after.source_system), {", ".join(facts)}
        from before full join after using ({", ".join(keys)})
        group by 1
    """


def _rows(build: str, table: str, keys: Sequence[str], columns: Sequence[str]) -> str:
    relation = f"{build}_build.marts.{table}"
    if table not in GROUPS:
        return f"select * from {relation}"
    values = [
        column if column in keys else f'list("{column}" order by "{column}") as "{column}"'
        for column in columns
    ]
    return f"select {', '.join(values)} from {relation} group by {', '.join(keys)}"


class Laboratory:
    """Runs rounds, each against a build of the same data without the change.

    Attributes:
        folder: for everything.
        raw: raw tables by name.
        tables: public tables to compare; see `compare`.
    """

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.folder = folder
        self.raw = raw_tables(manifest)
        self.tables = compared_tables(manifest)
        # Names in full: a model is called like the package, which would select all there is.
        self._select = " ".join(
            f"+{'.'.join(node['fqn'])}"
            for node in manifest["nodes"].values()
            if node["resource_type"] == "model" and node["name"] in self.tables
        )
        self.data = prepare(self.raw.values(), folder / "data")
        # Of its own for each worker: a parsed project is written by one build at a time.
        self._builders = [Builder(folder / f"worker_{number}") for number in range(WORKERS)]
        self._unchanged: dict[str | None, Path] = {}

    def changes(self, rounds: Sequence[Round]) -> list[Change]:
        """What changed in all rounds."""
        dates = sorted({MUTATIONS[round_.mutation].as_of_date for round_ in rounds}, key=str)
        shares = [rounds[worker::WORKERS] for worker in range(WORKERS)]
        with ThreadPoolExecutor(WORKERS) as pool:
            unchanged = pool.map(self._build_unchanged, range(WORKERS), dates)
            self._unchanged = dict(zip(dates, unchanged, strict=True))
            return list(chain.from_iterable(pool.map(self._work, range(WORKERS), shares)))

    def _work(self, worker: int, rounds: Sequence[Round]) -> list[Change]:
        """The changes of the rounds that fall to one worker."""
        return [change for round_ in rounds for change in self._run(worker, round_)]

    def _run(self, worker: int, round_: Round) -> list[Change]:
        """The changes of one round; leaves nothing behind."""
        data = self._changed_data(worker, round_)
        as_of_date = MUTATIONS[round_.mutation].as_of_date
        try:
            build = self._build(worker, "changed", data, as_of_date)
        except AssertionError as error:
            error.add_note(f"in {round_}")
            raise
        changed = {column.source_system: column for column in round_.columns}
        changes = [
            Change(
                Edge(table, name, *changed.get(system, RawColumn(system, "", ""))),
                round_.mutation,
                is_seen,
            )
            for table, name, system, is_seen in compare(
                self._unchanged[as_of_date], build.path, self.tables
            )
        ]
        shutil.rmtree(data)
        shutil.rmtree(build.path.parent)
        return changes

    def _changed_data(self, worker: int, round_: Round) -> Path:
        data = Path(shutil.copytree(self.data, self.folder / f"data_{worker}"))
        for column in round_.columns:
            files = read_files(self.raw[column.source_table], data)
            chance = random.Random(".".join(column))
            MUTATIONS[round_.mutation].change(files, column.source_column, chance)
            for file in files:
                file.write()
        return data

    def _build_unchanged(self, worker: int, as_of_date: str | None) -> Path:
        return self._build(worker, "unchanged", self.data, as_of_date).path

    def _build(self, worker: int, name: str, data: Path, as_of_date: str | None) -> Warehouse:
        return self._builders[worker](
            name,
            data_dir=data,
            as_of_date=as_of_date,
            env=ONE_THREAD,
            select=self._select,
        )


# What the changes say about the lineage.


class Reason(NamedTuple):
    """Why edges are never seen to act; `public` and `raw` are patterns of their ends in full."""

    public: str
    raw: str
    why: str

    def covers(self, edge: Edge) -> bool:
        ends = ((self.public, edge.public), (self.raw, edge.raw))
        return all(re.fullmatch(pattern, end) for pattern, end in ends)


READ_AS_A_WHOLE = r"bank\.(account|card|client|disp|district|loan|order)"
NO_DATE = r"bank\.(client|disp|district|order)"

NEVER_SEEN = (
    Reason(
        r"control_totals\.difference",
        r".*",
        "It is 0 whatever the raw data are: it proves that no row was lost.",
    ),
    Reason(
        r"control_totals\.guest",
        rf"{READ_AS_A_WHOLE}\..*",
        "These tables have no guests. One CASE says which part of the total a row belongs to, and"
        " the tracer does not look into its results: each total comes from all parts.",
    ),
    Reason(
        r"control_totals\.after_as_of",
        rf"{NO_DATE}\..*",
        "Nor have these a date that could be after the as-of date.",
    ),
    Reason(
        r"control_totals\.raw_total",
        rf"{READ_AS_A_WHOLE}\.(?!count).*|bank\.trans\.date|ad_clicks\.SearchInfo\.SearchDate",
        "What the CASE compares does not change how many rows there are in all.",
    ),
    Reason(
        r"(customer_|segment).*|customers\.(?!account_opened_date).*",
        r"bank\.account\.date",
        "The opening of an account is a day of zeros: it makes a customer, and counts nowhere.",
    ),
    Reason(
        r"customer_segments\.customer_id",
        r"bank\.account\.account_id",
        "Who is known by the opening of an account only has no orders, so no segment.",
    ),
    Reason(
        r"(customer_recency|customers)\.(last_interaction_date|interaction_recency_days)",
        r"ad_clicks\.trainSearchStream\.IsClick",
        "Each day of a user has a search, which makes it a day with an interaction by itself.",
    ),
    Reason(
        r"(customer_monetary|customers)\.return_rate",
        r"bank\.trans\.amount|superstore\.global_superstore\.Sales",
        "Nothing is returned in these systems: the rate is 0 of any amount.",
    ),
    Reason(
        r"customer_scores\.monetary_measure",
        r"bank\.trans\.amount|superstore\.global_superstore\.Sales",
        "Which measure it is says whether there is an amount, and whoever has orders has one.",
    ),
    Reason(
        r"(segments|segment_features)\.segment_id",
        r"bank\.trans\.amount|superstore\.global_superstore\.Sales"
        r"|online_retail\.online_retail\.(InvoiceNo|Quantity|UnitPrice)",
        "Segments are numbered from 1: other amounts bring other customers under the same numbers.",
    ),
    Reason(
        r"(segments|segment_features)\.segment_name|segments\.naming_rule",
        r"online_retail\.online_retail\.InvoiceNo",
        "A usable line with a cancellation's number has a negative quantity, a return anyway. The"
        " number acts by the lines that it rejects only, too few for other names.",
    ),
    Reason(
        r"segmentation_drift\.population_stability_index",
        r".*",
        "Each build here fits again, so that today's customers are those of the fit: it is 0.",
    ),
    Reason(
        r"segments\.trend_90d",
        r"ad_clicks\.SearchInfo\.count\(\*\)",
        "The searches are of 26 days: there are none before the last 90 to compare them with.",
    ),
)


@dataclass(frozen=True)
class Evidence:
    """The lineage held against what changed."""

    rows: Collection[LineageRow]
    changes: Collection[Change]
    reasons: Sequence[Reason] = ()

    @cached_property
    def without_an_edge(self) -> set[Change]:
        """Changes that no row of the lineage, of any kind, accounts for.

        How many rows a raw table has is also said by every column of it.
        """
        edges = {row[:5] for row in self.rows}
        tables = {row[:4] for row in self.rows}
        return {
            change
            for change in self.changes
            if change.edge not in edges
            and not (change.edge.source_column == ROW_COUNT and change.edge[:4] in tables)
        }

    @cached_property
    def changed(self) -> set[Edge]:
        """Edges whose public column changed with their raw column, in whatever rows."""
        return {change.edge for change in self.changes}

    @cached_property
    def seen(self) -> set[Edge]:
        """Edges that were seen to act."""
        return {change.edge for change in self.changes if change.is_seen}

    def edges(self, kind: str) -> set[Edge]:
        """The edges of a kind that lead to raw tables."""
        return {Edge(*row[:5]) for row in self.rows if row.kind == kind and row.source_system}

    @cached_property
    def never_seen(self) -> set[Edge]:
        """Edges by which a column is computed, and that were not seen to act."""
        return self.edges("value") - self.seen

    @cached_property
    def unexplained(self) -> set[Edge]:
        """Those that no reason covers."""
        return {
            edge
            for edge in self.never_seen
            if not any(reason.covers(edge) for reason in self.reasons)
        }

    @cached_property
    def untrue_reasons(self) -> list[Reason]:
        """Reasons that are not needed, or that cover an edge which was seen to act."""
        acting = self.edges("value") & self.seen
        return [
            reason
            for reason in self.reasons
            if not any(reason.covers(edge) for edge in self.never_seen)
            or any(reason.covers(edge) for edge in acting)
        ]
