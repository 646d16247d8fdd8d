"""What a query reads: relations, their branches and columns, and the names it can call them by."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from customer_segments.lineage.edges import ROW_COUNT, ROWS, Edges, Kind, Origin, add, merged

SYSTEM = "source_system"

BRANCH_COLUMNS = (SYSTEM, "behaviour", "segmentation", "grid", "measure", "part")
"""Long tables hold one below the other what has nothing to do with each other: these columns say
which is which. Where they are constants, the branches of a UNION are told apart, in the models that
read it, too. Otherwise every system's dates would reach every system's age."""

Key = tuple[str, ...]
"""The constants of `BRANCH_COLUMNS` in a branch; empty texts where one is none."""


class AmbiguousNameError(Exception):
    """More than one column answers to a name."""


@dataclass(frozen=True)
class Constant:
    """What an expression is in any case: a text, an integer, a truth, or None for NULL."""

    value: str | int | bool | None


NULL = Constant(None)


@dataclass(frozen=True)
class Column:
    """One column, or the value of an expression.

    Attributes:
        name: as spelled; empty for an expression without a name.
        edges: what it is computed from. What decides the rows of its relation is left out: that
            stands once, in `Branch.rows`.
        parts: of a struct its fields, of a list its elements counted from 0; None where not known.
            Names are lower case.
        constant: its value where that is always the same.
    """

    name: str = ""
    edges: Edges = field(default_factory=dict)
    parts: dict[str, Column] | None = None
    constant: Constant | None = None

    def part(self, names: Sequence[str]) -> Column:
        """Follow field names; where the fields are not known it may be any of them.

        Raises:
            KeyError: a struct has no such field.
        """
        column = self
        for name in names:
            if column.parts is None:
                return Column(name, column.edges)
            column = column.parts[name.lower()]
        return column

    def decided_by(self, edges: Edges) -> Column:
        """The column, and each of its parts, with more edges."""
        parts = self.parts and {name: part.decided_by(edges) for name, part in self.parts.items()}
        return replace(self, edges=merged(self.edges, edges), parts=parts)


@dataclass(frozen=True)
class Branch:
    """Rows of a table, a CTE, a subquery or a raw file: all, or those of one branch of a UNION.

    Attributes:
        columns: in their order.
        rows: what decides which rows there are.
        row_count: what their number is computed from: that of the relations it reads. Empty where
            rows are grouped: then their number is decided by `rows`.
        raw: of a raw table whose columns are not listed its name: any name is a column of it.
        is_empty: there are no rows in any case.
    """

    columns: Sequence[Column]
    rows: Edges = field(default_factory=dict)
    row_count: Edges = field(default_factory=dict)
    raw: str | None = None
    is_empty: bool = False

    @cached_property
    def key(self) -> Key:
        """Which branch it is."""
        constants = {
            column.name.lower(): str(column.constant.value)
            for column in self.columns
            if column.constant and column.constant != NULL
        }
        return tuple(constants.get(name, "") for name in BRANCH_COLUMNS)

    @cached_property
    def _by_name(self) -> dict[str, list[Column]]:
        """The columns by lower-case name."""
        named: dict[str, list[Column]] = {}
        for column in self.columns:
            named.setdefault(column.name.lower(), []).append(column)
        return named

    def find(self, name: str) -> Column | None:
        """The column of that name, whatever the case; None where there is none.

        Raises:
            AmbiguousNameError: two columns have the name.
        """
        found = self._by_name.get(name.lower(), ())
        if len(found) > 1:
            raise AmbiguousNameError
        if not found and self.raw:
            return base_column(self.raw, name)
        return found[0] if found else None

    def named(self, names: Sequence[str]) -> Branch:
        """The branch with its first columns renamed."""
        renamed = [
            replace(column, name=name) for name, column in zip(names, self.columns, strict=False)
        ]
        return replace(self, columns=[*renamed, *self.columns[len(names) :]])

    def nullable(self) -> Branch:
        """The branch on a side of an outer join that may be missing: it has no constants."""
        columns = [
            column if column.constant == NULL else replace(column, constant=None)
            for column in self.columns
        ]
        return replace(self, columns=columns)

    def optional(self, condition: Edges) -> Branch:
        """The branch behind a LEFT JOIN: what decides its rows decides its columns' values only.

        A constant says whether there is a row at all, so it counts them.
        """
        decided = merged(self.rows, condition)
        counted = merged(decided, self.row_count)
        columns = [
            column.decided_by(decided if column.constant in (None, NULL) else counted)
            for column in self.columns
        ]
        return replace(self, columns=columns, row_count={}).nullable()

    def emptied(self) -> Branch:
        """The branch without its rows."""
        nulls = [Column(column.name, constant=NULL) for column in self.columns]
        return Branch(nulls, is_empty=True)


Relation = Sequence[Branch]
"""The branches of a relation, at least one, all with the same names of columns."""


def base_column(relation: str, name: str, branch: Key = ()) -> Column:
    """A column that a query finds in a table, as it stands."""
    return Column(name, {Origin(relation, name, Kind.VALUE, branch): None})


def base_branch(
    relation: str, columns: Sequence[Column], branch: Key = (), raw: str | None = None
) -> Branch:
    """A table or file as a query finds it."""
    return Branch(
        columns,
        rows={Origin(relation, ROWS, Kind.ROWS, branch): None},
        row_count={Origin(relation, ROW_COUNT, Kind.VALUE, branch): None},
        raw=raw,
    )


def combined(branches: Iterable[Branch], apart: Collection[str] = BRANCH_COLUMNS) -> Relation:
    """The branches, as one where they do not differ; without empty ones, if others are.

    Args:
        branches: at least one.
        apart: the columns by which they may differ.
    """
    branches = list(branches)
    by_key: dict[Key, list[Branch]] = {}
    for branch in [branch for branch in branches if not branch.is_empty] or branches[:1]:
        parts = zip(BRANCH_COLUMNS, branch.key, strict=True)
        key = tuple(part for name, part in parts if name in apart)
        by_key.setdefault(key, []).append(branch)
    return [as_one(same) for same in by_key.values()]


def as_one(relation: Relation) -> Branch:
    """All branches of a relation as one."""
    full = [branch for branch in relation if not branch.is_empty] or relation[:1]
    if len(full) == 1:
        return full[0]
    return Branch(
        [_either(columns) for columns in zip(*(branch.columns for branch in full), strict=True)],
        merged(*(branch.rows for branch in full)),
        merged(*(branch.row_count for branch in full)),
    )


def _either(columns: Sequence[Column]) -> Column:
    """A column that is one of several, named like the first."""
    parts: dict[str, Column] | None = {}
    for column in columns:
        for name, part in (column.parts or {}).items():
            add(parts.setdefault(name, Column(part.name)).edges, part.edges)
        if column.edges and not column.parts:
            parts = None
            break
    constants = {column.constant for column in columns}
    return Column(
        columns[0].name,
        merged(*(column.edges for column in columns)),
        parts or None,
        constants.pop() if len(constants) == 1 else None,
    )


@dataclass(frozen=True)
class Context:
    """Where a query stands.

    Attributes:
        ctes: that it can name, by lower-case name.
        cte: the one it is in; None in the last SELECT.
        outer: the scope around a subquery.
    """

    ctes: Mapping[str, Relation] = field(default_factory=dict)
    cte: str | None = None
    outer: Scope | None = None


@dataclass(frozen=True)
class Scope:
    """The names that are visible in one SELECT, for one branch of each relation it reads.

    Attributes:
        context: where the SELECT stands.
        sources: what stands in FROM, by lower-case name or alias.
        shared: the columns of USING, by lower-case name; their relations do not matter.
        aliases: what the SELECT has named so far, by lower-case name.
        rows: what decides which rows there are, so far.
        row_count: see `Branch`; of FROM.
        is_empty: there are no rows in any case.
    """

    context: Context
    sources: dict[str, Branch] = field(default_factory=dict)
    shared: dict[str, Column] = field(default_factory=dict)
    aliases: dict[str, Column] = field(default_factory=dict)
    rows: Edges = field(default_factory=dict)
    row_count: Edges = field(default_factory=dict)
    is_empty: bool = False

    def find(self, parts: Sequence[str]) -> Column | None:
        """The column that a dotted name means here; None where it means nothing.

        A name is one of a relation before it is an alias of the SELECT list, and a relation's
        before it is a struct's.

        Raises:
            AmbiguousNameError: an unqualified name is a column of several relations.
            KeyError: a struct has no such field.
        """
        for start in range(min(2, len(parts) - 1)):  # table.column, schema.table.column
            table, name, *fields = parts[start:]
            source = self.sources.get(table.lower())
            if source and (column := source.find(name)):
                return column.part(fields)
        key = parts[0].lower()
        column = self.shared.get(key) or self._unqualified(parts[0]) or self.aliases.get(key)
        return column.part(parts[1:]) if column else None

    def _unqualified(self, name: str) -> Column | None:
        found = [column for source in self.sources.values() if (column := source.find(name))]
        if len(found) > 1:
            raise AmbiguousNameError
        return found[0] if found else None

    def inside(self) -> Context:
        """The context of a subquery of this SELECT."""
        return replace(self.context, outer=self)

    def reading(self, name: str, branch: Branch) -> Scope:
        """The scope with one more relation; what decides its rows is left to the kind of join."""
        return replace(
            self,
            sources={**self.sources, name: branch},
            row_count=merged(self.row_count, branch.row_count),
            is_empty=self.is_empty or branch.is_empty,
        )
