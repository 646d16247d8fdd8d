"""Paths from the columns of public tables down to what they come from in the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from customer_segments.lineage.edges import (
    FILE_NAME,
    LINE,
    ROW_COUNT,
    ROWS,
    Clause,
    Edges,
    Kind,
    Origin,
)
from customer_segments.lineage.relations import Key

TRANSFORMATION_LENGTH = 1000
"""Characters after which a transformation is cut."""

STEP = " > "
"""Between two steps of a path."""

_RANK = {kind: rank for rank, kind in enumerate(Kind)}
_HANDED_ON = "as it stands"


class Node(NamedTuple):
    """A column of a model, of one branch; `Origin` without the kind."""

    relation: str
    column: str
    branch: Key


class Source(NamedTuple):
    """A relation where paths end.

    Attributes:
        kind: `raw`, `seed` (rules), `clock` (when something ran) or `earlier` (what earlier builds
            of the warehouse left).
        source_system: of a raw table; None elsewhere.
        table: as published.
    """

    kind: str
    source_system: str | None
    table: str


class Endpoint(NamedTuple):
    """The last step of a path: a source and its column.

    `source.kind` says less than `kind`, which is `file` where the column is the name or a whole
    line of a raw file, and `rows` where it is the number of rows of a raw table.
    """

    source: Source
    column: str

    @property
    def kind(self) -> str:
        """What the path ends in."""
        if self.source.kind == "raw" and self.column in (FILE_NAME, LINE):
            return "file"
        if self.source.kind == "raw" and self.column in (ROWS, ROW_COUNT):
            return "rows"
        return self.source.kind


class LineageRow(NamedTuple):
    """What a public column has to do with one column it comes from, in one way.

    Attributes:
        model: public table.
        column_name: of it.
        source_system: of a raw table; None for all else.
        source_table: raw table, seed, table of the clock, or model that holds what earlier builds
            left; None for a constant.
        source_column: as published; None for a constant.
        kind: of the path (`Kind`), or `constant`.
        depth: steps of the path, the last one to the source column; 0 for a constant.
        path: the columns on the way, from the public one down.
        transformation: the SQL of the steps, or the clause that makes the kind.
        endpoint: `Endpoint.kind`, or `constant`.
    """

    model: str
    column_name: str
    source_system: str | None
    source_table: str | None
    source_column: str | None
    kind: str
    depth: int
    path: str
    transformation: str
    endpoint: str


class _Step(NamedTuple):
    """The shortest way on towards an endpoint: its first edge, and the kind of what follows."""

    depth: int
    origin: Origin
    below: Kind
    clause: Clause | None

    @property
    def order(self) -> tuple[int, str, str, Key, int, int]:
        """Of two ways the shorter is taken, then the first by name."""
        origin = self.origin
        names = (origin.relation, origin.column, origin.branch)
        return self.depth, *names, _RANK[origin.kind], _RANK[self.below]


class _Path(NamedTuple):
    """A way down to an endpoint.

    Attributes:
        names: of its steps.
        values: the SQL of those that compute.
        decided: the clause of the first step that decides instead; empty where none does.
    """

    names: str
    values: str
    decided: str


class Paths:
    """The shortest path from each column to each endpoint, one per kind.

    The kind of a path is `value` if every step is, else that of its first step which is not, seen
    from the public column: it says how the table in front of the reader uses the column. What
    decides the rows of a table keeps the kind that it has there.
    """

    def __init__(
        self,
        edges: Mapping[Node, Edges],
        sources: Mapping[str, Source],
        names: Mapping[str, str],
    ) -> None:
        """Take the graph.

        Args:
            edges: of every column of every model; `ROWS` and `ROW_COUNT` are columns, too.
            sources: the relations where paths end.
            names: what the other relations are called in a path.
        """
        self._edges = edges
        self._sources = sources
        self._names = names
        self._reached: dict[Node, dict[tuple[Endpoint, Kind], _Step]] = {}
        self._followed: dict[tuple[Node, Endpoint, Kind], _Path] = {}

    def rows(self, relation: str, column: str, branches: Iterable[Key]) -> Iterator[LineageRow]:
        """The rows of one public column: what it is computed from, and what decides its rows.

        Args:
            relation: the table.
            column: of it.
            branches: of the table that are looked at.
        """
        best: dict[tuple[Endpoint, Kind], _Step] = {}
        for branch in branches:
            for name in (column, ROWS):
                for key, step in self._reach(Node(relation, name, branch)).items():
                    _keep_shorter(best, key, step)
        model = self._names[relation]
        for (endpoint, kind), step in sorted(best.items(), key=_published_order):
            path = self._follow(relation, endpoint, step)
            yield LineageRow(
                model,
                column,
                endpoint.source.source_system,
                endpoint.source.table,
                endpoint.column,
                kind.value,
                step.depth,
                f"{model}.{column}{STEP}{path.names}",
                _cut(path.decided or path.values or _HANDED_ON),
                endpoint.kind,
            )

    def _reach(self, node: Node) -> dict[tuple[Endpoint, Kind], _Step]:
        if node in self._reached:
            return self._reached[node]
        best = self._reached[node] = {}
        for origin, clause in self._edges.get(node, {}).items():
            if source := self._sources.get(origin.relation):
                # That a raw table's rows are read goes without saying.
                if origin.kind is not Kind.ROWS:
                    step = _Step(1, origin, Kind.VALUE, clause)
                    _keep_shorter(best, (Endpoint(source, origin.column), origin.kind), step)
                continue
            passes_on = origin.kind in (Kind.VALUE, Kind.ROWS)
            for (endpoint, below), rest in self._reach(_node(origin)).items():
                step = _Step(rest.depth + 1, origin, below, clause)
                _keep_shorter(best, (endpoint, below if passes_on else origin.kind), step)
        return best

    def _follow(self, relation: str, endpoint: Endpoint, step: _Step) -> _Path:
        """The way from a step of a relation's column down to the endpoint."""
        origin, clause = step.origin, step.clause
        value = decided = ""
        if clause and origin.kind is Kind.VALUE:
            value = f"{self._names[relation]}: {clause.text}"
        elif origin.kind not in (Kind.VALUE, Kind.ROWS):
            fitted = f"learned by {self._names[relation]}"
            decided = f"{self._names[relation]}: {clause.text}" if clause else fitted
        if source := self._sources.get(origin.relation):
            name = ".".join(part for part in (*source[1:], origin.column) if part)
            return _Path(name, value, decided)
        # Many public columns come from one endpoint by the same last steps.
        key = (_node(origin), endpoint, step.below)
        if key not in self._followed:
            below = self._reach(key[0])[endpoint, step.below]
            self._followed[key] = self._follow(origin.relation, endpoint, below)
        rest = self._followed[key]
        return _Path(
            f"{self._names[origin.relation]}.{origin.column}{STEP}{rest.names}",
            # No more of it is ever shown.
            "; ".join(filter(None, (value, rest.values)))[: TRANSFORMATION_LENGTH + 1],
            decided or rest.decided,
        )


def _node(origin: Origin) -> Node:
    return Node(origin.relation, origin.column, origin.branch)


def _keep_shorter(
    best: dict[tuple[Endpoint, Kind], _Step], key: tuple[Endpoint, Kind], step: _Step
) -> None:
    known = best.get(key)
    if (
        known is None
        or step.depth < known.depth
        or (step.depth == known.depth and step.order < known.order)
    ):
        best[key] = step


def _published_order(item: tuple[tuple[Endpoint, Kind], _Step]) -> tuple[object, ...]:
    (endpoint, kind), _ = item
    source = endpoint.source
    return source.source_system or "", source.table, endpoint.column, _RANK[kind]


def _cut(text: str) -> str:
    return text if len(text) <= TRANSFORMATION_LENGTH else f"{text[: TRANSFORMATION_LENGTH - 1]}…"
