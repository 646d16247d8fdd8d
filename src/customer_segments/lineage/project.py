"""The lineage of a dbt project: its compiled SQL traced, put together and checked."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any, NamedTuple

from customer_segments.lineage.declarations import Declaration, Inputs, read_declaration
from customer_segments.lineage.edges import ROW_COUNT, ROWS, Edges, Kind
from customer_segments.lineage.paths import LineageRow, Node, Paths, Source
from customer_segments.lineage.refusals import UntraceableSqlError
from customer_segments.lineage.relations import NULL, Branch, Column, Key
from customer_segments.lineage.sql import RawTable, Trace, trace_sql

PACKAGE = "customer_segments"

# One model stages all custom sources of a kind; its CTE <source_system>_rows reads one of them.
CUSTOM_STAGING = re.compile(r"stg_custom__(\w+)")
CUSTOM_ROWS = re.compile(r"(\w+)_rows")

EMPTY = "no rows: none of the source systems that are on has any"

Facts = Mapping[str, Any]
"""What dbt knows of a model, seed or source, under the names of its manifest: `unique_id`,
`resource_type`, `package_name`, `source_name`, `name`, `schema`, `alias` or `identifier`,
`language`, `access`, `columns`, `config.materialized`, `config.meta.lineage`,
`depends_on.nodes`."""


class Edge(NamedTuple):
    """A direct edge.

    Attributes:
        model: whose SQL or declaration makes it.
        column: of the model; `*` where the edge decides its rows, which is to say every column.
        upstream: the relation it leads to, `schema.table`; of a custom source
            `source_system.source_table`.
        upstream_column: of that; `*` for its rows, `count(*)` for their number.
        kind: a `Kind`; `rows` from rows to rows.
    """

    model: str
    column: str
    upstream: str
    upstream_column: str
    kind: str


@dataclass(frozen=True)
class Lineage:
    """What the public tables come from.

    Attributes:
        edges: the direct edges of every model on the way.
        rows: one per public column, source column and kind, in order.
        problems: what keeps the lineage from being whole; empty where all is in order.
    """

    edges: tuple[Edge, ...]
    rows: tuple[LineageRow, ...]
    problems: tuple[str, ...]


def trace_project(
    nodes: Iterable[Facts],
    compiled: Mapping[str, str],
    columns: Mapping[str, Sequence[str]],
    package: str = PACKAGE,
) -> Lineage:
    """Trace every column of every public model of a package.

    Where a column is null in every row of a source system, nothing of that system is published for
    it; where it is null everywhere, what decides the rows of its table is.

    Args:
        nodes: models, seeds and sources; others are passed over.
        compiled: SQL by `unique_id`.
        columns: names in order of every table and view in the warehouse, by `schema.table`; of a
            model that does not stand there yet, those of its YAML are taken.
        package: whose public models.

    Raises:
        UntraceableSqlError: SQL on the way to a public column cannot be followed. Its notes name
            what else cannot.
    """
    project = _Project(nodes, compiled, columns)
    public = sorted(
        relation
        for relation, model in project.models.items()
        if model.node["access"] == "public" and model.node["package_name"] == package
    )
    with _nothing_collected():
        project.trace(public)
        rows = tuple(project.rows(public))
        return Lineage(tuple(project.edges()), rows, tuple(project.problems))


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Hold the garbage collector: edges stay to the end, and looking at them all is a quarter."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@dataclass(frozen=True)
class _Model:
    node: Facts
    columns: Sequence[str]
    declaration: Declaration

    @property
    def name(self) -> str:
        return self.node["name"]

    @property
    def is_end(self) -> bool:
        """Whether its SQL is not read."""
        return self.declaration.is_constant or self.declaration.is_earlier

    @property
    def custom_table(self) -> str | None:
        """The raw table of each custom source that the model stages; None for other models."""
        custom = CUSTOM_STAGING.fullmatch(self.name)
        return custom[1] if custom else None


class _Project:
    """The relations of a project by `schema.table`, and what has been traced of them.

    Attributes:
        columns: of every table, view and model.
        models: with their columns and declarations.
        sources: seeds, sources, and the custom sources that have been met.
        relations: by `unique_id`.
        traces: of models.
        problems: found so far.
    """

    def __init__(
        self,
        nodes: Iterable[Facts],
        compiled: Mapping[str, str],
        columns: Mapping[str, Sequence[str]],
    ) -> None:
        self.compiled = compiled
        self.columns = {relation.lower(): list(names) for relation, names in columns.items()}
        self.models: dict[str, _Model] = {}
        self.sources: dict[str, Source] = {}
        self.relations: dict[str, str] = {}
        self.traces: dict[str, Trace] = {}
        self.problems: list[str] = []
        for node in nodes:
            if node["resource_type"] in ("model", "seed", "source"):
                self.add(node)

    def add(self, node: Facts) -> None:
        name = node["name"]
        if node["resource_type"] == "source":
            name = f"{node['source_name']}.{name}"
        relation = f"{node['schema']}.{node.get('alias') or node['identifier']}".lower()
        self.relations[node["unique_id"]] = relation
        columns = self.columns.setdefault(relation, list(node["columns"]))
        meta = node["config"].get("meta", {}).get("lineage", {})
        declaration = read_declaration(meta, columns)
        self.problems += [f"{name}: {problem}" for problem in declaration.problems]
        if node["resource_type"] == "model":
            self.models[relation] = _Model(node, columns, declaration)
            if declaration.is_earlier:
                self.sources[relation] = Source("earlier", None, name)
        elif node["resource_type"] == "seed":
            self.sources[relation] = Source("seed", None, name)
        elif declaration.is_clock:
            self.sources[relation] = Source("clock", None, name)
        else:
            self.sources[relation] = Source("raw", node["source_name"], node["name"])

    def upstream(self, model: _Model, resource_type: str) -> list[str]:
        """The relations of one type that a model reads."""
        nodes = [
            node
            for node in model.node["depends_on"]["nodes"]
            if node.split(".")[0] == resource_type
        ]
        return [self.relations[node] for node in nodes if node in self.relations]

    def trace(self, public: Iterable[str]) -> None:
        """Trace models and all models that they read, these first."""
        upstream: dict[str, list[str]] = {}
        pending = list(public)
        while pending:
            relation = pending.pop()
            if relation not in upstream:
                model = self.models[relation]
                # What a custom source is read from is raw, even if it is a model.
                is_end = model.custom_table or model.is_end
                upstream[relation] = [] if is_end else self.upstream(model, "model")
                pending += upstream[relation]
        refused = []
        for relation in TopologicalSorter(upstream).static_order():
            model = self.models[relation]
            self.traces[relation] = _untraced(model)
            try:
                self.traces[relation] = self.trace_model(model)
            except UntraceableSqlError as error:
                refused.append(error)
        if refused:
            first, *others = sorted(refused, key=str)
            for other in others:
                first.add_note(str(other))
            raise first

    def trace_model(self, model: _Model) -> Trace:
        declaration = model.declaration
        # The SQL of an ephemeral model is traced as a part of its readers', where dbt puts it.
        if model.is_end or model.node["config"].get("materialized") == "ephemeral":
            return _untraced(model)
        read = {self.models[relation].name: relation for relation in self.upstream(model, "model")}
        earlier = [name for name, relation in read.items() if relation in self.sources]
        inputs = Inputs(declaration, read, self.traces, earlier)
        self.problems += [f"{model.name}: {problem}" for problem in inputs.problems()]
        if model.node["language"] == "python":
            self.problems += [
                f"{model.name}: {column} is declared neither in inputs nor in constants"
                for column in model.columns
                if column not in declaration.inputs and column not in declaration.constants
            ]
            return inputs.fitted(model.columns)
        sql = self.compiled.get(model.node["unique_id"])
        if sql is None:
            self.problems.append(f"{model.name}: there is no compiled SQL")
            return _untraced(model)
        trace = trace_sql(
            sql,
            self.columns,
            traces=self.traces,
            model=model.name,
            raw_table=self.raw_table(model),
        )
        if trace.names != model.columns:
            self.problems.append(
                f"{model.name}: its SQL has the columns {', '.join(trace.names)}, its table"
                f" {', '.join(model.columns)}"
            )
        found = {origin.relation for _, _, edges in _edges(trace) for origin in edges}
        self.problems += [
            f"{model.name}: reads {relation}, which is no model, seed or source"
            for relation in sorted(found - self.models.keys() - self.sources.keys())
        ]
        return inputs.written(trace)

    def raw_table(self, model: _Model) -> RawTable:
        """What a staging model reads: the one source it depends on, or custom sources by CTE."""
        sources = self.upstream(model, "source")

        def published(cte: str | None, table: str | None) -> str | None:
            return sources[0] if table is None and len(sources) == 1 else None

        def mapped(cte: str | None, table: str | None) -> str | None:
            rows = CUSTOM_ROWS.fullmatch(cte or "")
            if not rows:
                return None
            relation = f"{rows[1]}.{model.custom_table}"
            self.sources[relation] = Source("raw", rows[1], model.custom_table)
            return relation

        return mapped if model.custom_table else published

    def rows(self, public: Iterable[str]) -> Iterator[LineageRow]:
        """The published rows, at least one per column; notes which columns come from nowhere."""
        graph = {
            Node(relation, column, branch.key): edges
            for relation, trace in self.traces.items()
            for branch, column, edges in _edges(trace)
        }
        paths = Paths(graph, self.sources, {key: model.name for key, model in self.models.items()})
        for relation in public:
            model = self.models[relation]
            trace = self.traces[relation]
            is_empty = all(branch.is_empty for branch in trace.branches)
            for column in model.columns:
                found = list(paths.rows(relation, column, _branches(trace, column)))
                name = f"{model.name}.{column}"
                reason = model.declaration.constants.get(column)
                if reason:
                    self.problems += [
                        f"{name} is declared constant, but there is {row.path}"
                        for row in found
                        if row.kind == Kind.VALUE
                    ]
                elif not found and not is_empty:
                    self.problems.append(f"{name} comes from nowhere and is not declared constant")
                if reason or is_empty:
                    constant = (None, None, None, "constant", 0, name, reason or EMPTY, "constant")
                    yield LineageRow(model.name, column, *constant)
                yield from found

    def edges(self) -> Iterable[Edge]:
        """The direct edges, each once."""
        return dict.fromkeys(
            Edge(self.models[relation].name, column, *origin[:3])
            for relation, trace in sorted(self.traces.items())
            for _, column, edges in _edges(trace)
            for origin in edges
        )


def _untraced(model: _Model) -> Trace:
    return Trace([Branch([Column(column) for column in model.columns])])


def _edges(trace: Trace) -> Iterator[tuple[Branch, str, Edges]]:
    """The edges of each column of each branch, of its rows and of their number."""
    for branch in trace.branches:
        for column in branch.columns:
            yield branch, column.name, column.edges
        yield branch, ROWS, branch.rows
        yield branch, ROW_COUNT, branch.row_count


def _branches(trace: Trace, column: str) -> list[Key]:
    """The branches in which a column can have a value; all, where it is null in each."""
    filled = [
        branch
        for branch in trace.branches
        if (found := branch.find(column)) and found.constant != NULL
    ]
    return [branch.key for branch in filled or trace.branches]
