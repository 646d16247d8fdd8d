"""The columns that each column of one query comes from, read off its SQL.

Rules, where SQL leaves a choice:

* What decides the rows of a query stands once, in `Trace.rows`, for all its columns: its own WHERE,
  ON, GROUP BY and so on, and those of the CTEs and subqueries it reads.
* A LEFT JOIN keeps the rows of its left side, and keeps them single: what decides about the right
  side decides about its columns only. That it does not multiply rows is for tests of keys to say.
* An aggregate without GROUP BY is one row in any case: what decides the rows that it reads decides
  its value.
* In a UNION a column comes from the columns of its position in every branch. Where a branch holds a
  constant there, nothing is added; where it holds one in a column of `BRANCH_COLUMNS`, the rows of
  the branch are told apart in all that follows, as far as SELECTs keep them apart.
* Conditions on constants are decided: a branch that a WHERE or an ON leaves without rows is none.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from customer_segments.lineage.edges import (
    FILE_NAME,
    LINE,
    Clause,
    Edges,
    Kind,
    add,
    merged,
    under,
)
from customer_segments.lineage.expressions import Expressions
from customer_segments.lineage.refusals import (
    GROUP_PARTS,
    JOIN_PARTS,
    REFUSED,
    SELECT_PARTS,
    SET_OPERATION_PARTS,
    STAR_PARTS,
    SUBQUERY_PARTS,
    TABLE_PARTS,
    UntraceableSqlError,
)
from customer_segments.lineage.relations import (
    BRANCH_COLUMNS,
    Branch,
    Column,
    Context,
    Relation,
    Scope,
    as_one,
    base_branch,
    base_column,
    combined,
)

RawTable = Callable[[str | None, str | None], str | None]
"""Names the raw table that is read, `source_system.source_table`, given the CTE that reads it and
the table that it names; None where a table function reads files. None where that is not raw."""

INNER_OR_LEFT = ("", "LEFT")
"""The sides of joins that add no row without one on their left."""


@dataclass(frozen=True)
class Trace:
    """The edges of one model, straight to the tables it reads.

    Attributes:
        branches: its rows, told apart as far as the SQL does so. In each, what decides the rows
            influences every column.
    """

    branches: Relation

    @property
    def names(self) -> list[str]:
        """The output columns, in order."""
        return [column.name for column in self.branches[0].columns]

    @property
    def columns(self) -> dict[str, Edges]:
        """By output column what it is computed from, in any branch."""
        return {column.name: column.edges for column in as_one(self.branches).columns}

    @property
    def rows(self) -> Edges:
        """What decides which rows there are, in any branch."""
        return as_one(self.branches).rows


def nothing_is_raw(cte: str | None, table: str | None) -> str | None:
    """The `RawTable` of a query that reads models only."""
    return None


def trace_sql(
    sql: str,
    columns: Mapping[str, Sequence[str]],
    *,
    traces: Mapping[str, Trace] | None = None,
    model: str = "query",
    raw_table: RawTable = nothing_is_raw,
) -> Trace:
    """Trace one query of DuckDB.

    Args:
        sql: compiled, one statement.
        columns: names in order of every table it may read, by `schema.table` in lower case.
        traces: of tables that it reads, where their branches are to be told apart.
        model: what to call it in messages.
        raw_table: which files and tables are raw.

    Raises:
        UntraceableSqlError: something cannot be followed, or a name is unknown or ambiguous.
    """
    return _Tracer(columns, traces or {}, model, raw_table).trace(sql)


class _Tracer(Expressions):
    def __init__(
        self,
        columns: Mapping[str, Sequence[str]],
        traces: Mapping[str, Trace],
        model: str,
        raw_table: RawTable,
    ) -> None:
        super().__init__(model)
        self.columns = columns
        self.traces = traces
        self.raw_table = raw_table

    def trace(self, sql: str) -> Trace:
        try:
            statements = sqlglot.parse(sql, dialect="duckdb")
        except SqlglotError as error:
            raise UntraceableSqlError(self.model, f"it cannot be parsed: {error}") from error
        if len(statements) != 1 or not statements[0]:
            raise UntraceableSqlError(self.model, "it is not one statement")
        trace = Trace(self.query(statements[0], Context()))
        if len({name.lower() for name in trace.names}) < len(trace.names):
            names = ", ".join(trace.names)
            raise self.refusal(statements[0], f"two columns have one name: {names}")
        return trace

    # Queries

    def subquery(self, node: exp.Expr, context: Context) -> Branch:
        return as_one(self.query(node, context))

    def query(self, node: exp.Expr, context: Context) -> Relation:
        context = self.with_ctes(node, context)
        match node:
            case exp.Select():
                return self.select(node, context)
            case exp.SetOperation():
                return self.set_operation(node, context)
            case exp.Subquery():
                self.allow(node, SUBQUERY_PARTS)
                return self.query(node.this, context)
            case exp.Values():
                return self.values(node, context)
        raise self.refusal(node, REFUSED.get(type(node), f"`{node.key}` is not a SELECT"))

    def with_ctes(self, node: exp.Expr, context: Context) -> Context:
        with_ = node.args.get("with_")
        if not with_:
            return context
        if with_.args.get("recursive"):
            raise self.refusal(
                with_, "a recursive CTE reads itself; join a range of numbers instead"
            )
        for cte in with_.expressions:
            relation = self.query(cte.this, replace(context, cte=cte.alias))
            named = [branch.named(cte.alias_column_names) for branch in relation]
            context = replace(context, ctes={**context.ctes, cte.alias.lower(): named})
        return context

    def select(self, node: exp.Select, context: Context) -> Relation:
        self.allow(node, SELECT_PARTS)
        scopes = [Scope(context)]
        if from_ := node.args.get("from_"):
            scopes = self.read(from_.this, scopes[0], _kept_apart(node))
        for join in node.args.get("joins") or ():
            apart = _kept_apart(node)
            scopes = [joined for scope in scopes for joined in self.join(join, scope, apart)]
        return combined(self.selected(node, scope) for scope in scopes)

    def selected(self, node: exp.Select, scope: Scope) -> Branch:
        """What a SELECT makes of one branch of each relation that it reads."""
        scope = replace(scope, aliases={}, rows=dict(scope.rows))
        items = [(item, column) for item in node.expressions for column in self.item(item, scope)]
        columns = [column for _, column in items]
        is_empty = scope.is_empty
        for clause in ("where", "having", "qualify"):
            if condition := node.args.get(clause):
                self.decide(Kind.FILTER, clause, [condition.this], scope)
                is_empty = is_empty or self.is_never(condition.this, scope)
        if is_empty:
            return Branch(columns).emptied()
        group, distinct = node.args.get("group"), node.args.get("distinct")
        if group:
            self.decide(Kind.GROUPING, "group by", self.group_keys(group, items), scope)
        aggregated = [_is_aggregated(item) for item, _ in items]
        if any(aggregated) and not group and not node.args.get("having"):
            decided = scope.rows
            scope = replace(scope, rows={})
            columns = [
                column.decided_by(decided) if is_aggregated else column
                for column, is_aggregated in zip(columns, aggregated, strict=True)
            ]
        if distinct:
            on = distinct.args.get("on")
            keys = on.expressions if on else columns
            self.decide(Kind.GROUPING, "distinct on" if on else "distinct", keys, scope)
        self.limit(node, columns, scope)
        is_grouped = group or distinct or any(aggregated)
        return Branch(columns, scope.rows, {} if is_grouped else scope.row_count)

    def item(self, item: exp.Expr, scope: Scope) -> Iterable[Column]:
        """The columns of one item of a SELECT list; its alias is known to the next."""
        if item.is_star:
            yield from self.star(item, scope)
            return
        column = self.column(item, scope)
        edges, constant = column.edges, self.constant(item, scope)
        if not _is_handed_on(item):
            clause = Clause("", (item.unalias(),))
            edges = {} if constant else under(Kind.VALUE, edges, clause)
        # Writing SQL takes longer than reading it, and nearly every item has a name.
        name = item.alias or (
            item.name if isinstance(item, exp.Column) else item.sql(dialect="duckdb")
        )
        column = Column(name, edges, column.parts, constant)
        if item.alias:
            scope.aliases.setdefault(item.alias.lower(), column)
        yield column

    def star(self, item: exp.Expr, scope: Scope) -> Iterable[Column]:
        """The columns of `*` or `alias.*`; one that USING names stands once."""
        star = item if isinstance(item, exp.Star) else item.this
        if not isinstance(star, exp.Star):
            raise self.refusal(item, REFUSED[exp.Star])
        self.allow(star, STAR_PARTS)
        left_out = {node.name.lower() for node in star.args.get("except_") or ()}
        replaced = {
            node.alias.lower(): column
            for node in star.args.get("replace") or ()
            for column in self.item(node, scope)
        }
        sources = scope.sources
        if isinstance(item, exp.Column):
            table = item.table.lower()
            if table not in sources:
                raise self.refusal(
                    item, f"`{item.table}` of `{item.table}.*` is not a relation here"
                )
            sources = {table: sources[table]}
        else:
            replaced = scope.shared | replaced
        for source in sources.values():
            if source.raw:
                raise self.refusal(item, f"the columns of {source.raw} are not listed; name them")
            for column in source.columns:
                name = column.name.lower()
                if name not in left_out:
                    yield replaced.get(name, column)
                if name in scope.shared and isinstance(item, exp.Star):
                    left_out.add(name)

    def group_keys(
        self, group: exp.Group, items: Sequence[tuple[exp.Expr, Column]]
    ) -> list[exp.Expr | Column]:
        self.allow(group, GROUP_PARTS)
        if group.args.get("all"):
            return [column for item, column in items if not _is_aggregated(item)]
        return [self.by_position(key, [column for _, column in items]) for key in group.expressions]

    def by_position(self, key: exp.Expr, columns: Sequence[Column]) -> exp.Expr | Column:
        """What a number in GROUP BY or ORDER BY stands for; any other key is itself."""
        if not key.is_int:
            return key
        if not 1 <= int(key.name) <= len(columns):
            raise self.refusal(key, f"there is no column {key.name}")
        return columns[int(key.name) - 1]

    def limit(self, node: exp.Query, columns: Sequence[Column], scope: Scope) -> None:
        """Let ORDER BY decide which rows LIMIT or DISTINCT ON leaves; else it decides nothing."""
        limits = _limits(node)
        for limit in limits:
            if not isinstance(limit, exp.Limit | exp.Offset):
                raise self.refusal(limit, f"`{limit.key}`; use `limit`")
            self.decide(Kind.FILTER, limit.key, [limit.expression], scope)
        distinct = node.args.get("distinct")
        leaves_some = limits or (isinstance(distinct, exp.Distinct) and distinct.args.get("on"))
        order = node.args.get("order")
        if order and leaves_some:
            keys = [
                key
                for ordered in order.expressions
                for key in self.order_keys(ordered.this, columns)
            ]
            self.decide(Kind.ORDERING, "order by", keys, scope)

    def order_keys(self, key: exp.Expr, columns: Sequence[Column]) -> Sequence[exp.Expr | Column]:
        """What a key of ORDER BY means: ALL, a position, a name of the SELECT list, or itself."""
        if isinstance(key, exp.Var):
            return columns
        if isinstance(key, exp.Column) and not key.table:
            named = [column for column in columns if column.name.lower() == key.name.lower()]
            return named or [key]
        return [self.by_position(key, columns)]

    def set_operation(self, node: exp.SetOperation, context: Context) -> Relation:
        """UNION, INTERSECT, EXCEPT. A long chain leans to the left: it is walked, not recursed."""
        operations = []
        first: exp.Expr = node
        while isinstance(first, exp.SetOperation):
            self.allow(first, SET_OPERATION_PARTS)
            operations.append(first)
            first = first.this
        relation = self.query(first, context)
        names = [column.name for column in relation[0].columns]
        for operation in reversed(operations):
            other = self.query(operation.expression, context)
            if len(other[0].columns) != len(names):
                raise self.refusal(operation, "the branches differ in their number of columns")
            clause = Clause(operation.key)
            if isinstance(operation, exp.Union):
                relation = combined([*relation, *(branch.named(names) for branch in other)])
            else:
                taken = as_one(other)
                decided = merged(taken.rows, *(column.edges for column in taken.columns))
                filtering = under(Kind.FILTER, decided, clause)
                relation = [
                    replace(branch, rows=merged(branch.rows, filtering)) for branch in relation
                ]
            if operation.args.get("distinct"):
                relation = [_distinct(branch, clause) for branch in relation]
        if not _limits(node):
            return relation
        branch = as_one(relation)
        scope = Scope(context, {"": branch}, rows=dict(branch.rows))
        self.limit(node, branch.columns, scope)
        return [replace(branch, rows=scope.rows)]

    def values(self, node: exp.Values, context: Context) -> Relation:
        scope = Scope(context)
        return combined(
            Branch(
                [
                    Column(
                        f"col{position}", self.edges(cell, scope), None, self.constant(cell, scope)
                    )
                    for position, cell in enumerate(row.expressions)
                ]
            )
            for row in node.expressions
        )

    # What stands in FROM

    def read(self, node: exp.Expr, scope: Scope, apart: Collection[str]) -> list[Scope]:
        """The scopes in which a SELECT finds its first relation, one per branch."""
        return [
            replace(scope.reading(name, branch), rows=branch.rows)
            for name, branch in self.branches(node, scope, apart)
        ]

    def branches(
        self, node: exp.Expr, scope: Scope, apart: Collection[str]
    ) -> list[tuple[str, Branch]]:
        """The branches of a relation, with the name by which it is called."""
        relation = combined(self.source(node, scope), apart)
        name = node.alias_or_name.lower() or f"#{len(scope.sources)}"
        if name in scope.sources:
            raise self.refusal(node, f"two relations are called `{name}`")
        return [(name, branch.named(node.alias_column_names)) for branch in relation]

    def source(self, node: exp.Expr, scope: Scope) -> Relation:
        match node:
            case exp.Table():
                self.allow(node, TABLE_PARTS)
                if isinstance(node.this, exp.Func):
                    return [self.table_function(node.this, scope)]
                return self.table(node, scope.context)
            case exp.Subquery() | exp.Values():
                return self.query(node, scope.inside())
            case exp.Lateral(this=exp.Subquery() as query):
                return self.query(query, scope.inside())
            case exp.Unnest() if not node.args.get("offset"):
                return [self.rows_of_lists("unnest", node.expressions, scope)]
        raise self.refusal(node, f"`{node.key}` in FROM")

    def table(self, node: exp.Table, context: Context) -> Relation:
        if not node.db and node.name.lower() in context.ctes:
            return context.ctes[node.name.lower()]
        name = f"{node.db}.{node.name}".lower()
        if raw := self.raw_table(context.cte, name):
            return [self.raw(raw, [])]
        if trace := self.traces.get(name):
            return [_as_found(name, branch) for branch in trace.branches]
        if name not in self.columns:
            raise self.refusal(node, f"unknown table `{name}`")
        return [base_branch(name, [base_column(name, column) for column in self.columns[name]])]

    def table_function(self, node: exp.Func, scope: Scope) -> Branch:
        match node:
            case exp.GenerateSeries():
                name = "range" if node.args.get("is_end_exclusive") else "generate_series"
                return self.rows_of_lists(name, [node], scope)
            case exp.ReadCSV() | exp.ReadParquet():
                raw = self.raw_table(scope.context.cte, None)
                if not raw:
                    raise self.refusal(node, "files are read, and of which raw table is not known")
                return self.raw(raw, node.expressions)
        raise self.refusal(node, f"table function `{node.name or node.key}()`")

    def raw(self, name: str, arguments: Sequence[exp.Expr]) -> Branch:
        """A raw table: the columns that its reader lists, else any that is named."""
        self.raw_names.add(name)
        options = {
            option.this.name.lower(): option.expression
            for option in arguments
            if isinstance(option, exp.EQ)
        }
        listed = options.get("columns")
        names = [field.this.name for field in listed.expressions] if listed else []
        if len(names) == 1 and options.get("header") == exp.false():
            columns = [replace(base_column(name, LINE), name=names[0])]
        else:
            columns = [base_column(name, column) for column in names]
        file_name = options.get("filename", exp.false())
        if file_name != exp.false():
            called = file_name.name if file_name.is_string else "filename"
            columns.append(replace(base_column(name, FILE_NAME), name=called))
        return base_branch(name, columns, raw=None if listed else name)

    def rows_of_lists(self, name: str, lists: Sequence[exp.Expr], scope: Scope) -> Branch:
        """One row per element: the elements are values, and their number decides the rows."""
        columns = [Column(name, self.edges(node, scope)) for node in lists]
        clause = Clause("" if name == "range" else name, tuple(lists))
        rows = merged(*(under(Kind.JOIN, column.edges, clause) for column in columns))
        return Branch(columns, rows)

    def join(self, node: exp.Join, scope: Scope, apart: Collection[str]) -> list[Scope]:
        """The scopes behind a join, one per branch that can meet the rows so far."""
        self.allow(node, JOIN_PARTS)
        if node.method not in ("", "ASOF"):
            raise self.refusal(
                node, f"`{node.method.lower()} join` does not say its columns; use ON"
            )
        branches = self.branches(node.this, scope, apart)
        met = [
            (name, branch, condition)
            for name, branch in branches
            if (condition := self.condition(node, scope, name, branch)) is not None
        ]
        if node.kind in ("SEMI", "ANTI"):
            rows = dict(scope.rows)
            for _, branch, condition in met:
                for origin, clause in merged(branch.rows, condition).items():
                    why = clause or Clause(f"{node.kind} join".lower())
                    add(rows, {origin._replace(kind=Kind.FILTER): why})
            return [replace(scope, rows=rows)]
        if not met:
            name, branch = branches[0]
            met = [(name, branch.emptied(), {})]
        joined = []
        for name, branch, condition in met:
            if node.side == "LEFT":
                behind = scope.reading(name, branch.optional(condition))
                behind = replace(behind, is_empty=scope.is_empty)
            else:
                behind = scope.reading(name, branch)
                behind = replace(behind, rows=merged(scope.rows, branch.rows, condition))
            if node.side not in INNER_OR_LEFT:
                sources = {key: source.nullable() for key, source in behind.sources.items()}
                behind = replace(behind, sources=sources, is_empty=False)
            joined.append(replace(behind, shared=self.shared(node, scope, branch)))
        return joined

    def condition(self, node: exp.Join, scope: Scope, name: str, branch: Branch) -> Edges | None:
        """What decides which rows of two branches meet; None where none can."""
        label = f"{node.kind} join".lower() if node.kind in ("SEMI", "ANTI") else "join"
        if branch.is_empty:
            return None
        if on := node.args.get("on"):
            both = scope.reading(name, branch)
            if node.side in INNER_OR_LEFT and self.is_never(on, both):
                return None
            return self.by(Kind.JOIN, f"{label} on", [on], both)
        edges: Edges = {}
        names = [column.name for column in node.args.get("using") or ()]
        for column in names:
            ours = self.find([column], node, scope)
            theirs = self.find([column], node, Scope(scope.context, {"": branch}))
            is_met = not (ours.constant and theirs.constant) or ours.constant == theirs.constant
            if node.side in INNER_OR_LEFT and not is_met:
                return None
            clause = Clause(f"{label} using ({', '.join(names)})")
            add(edges, under(Kind.JOIN, merged(ours.edges, theirs.edges), clause))
        return edges

    def shared(self, node: exp.Join, scope: Scope, branch: Branch) -> dict[str, Column]:
        """The columns that USING makes one."""
        shared = dict(scope.shared)
        for column in node.args.get("using") or ():
            ours = self.find([column.name], node, scope)
            theirs = self.find([column.name], node, Scope(scope.context, {"": branch}))
            if node.side == "FULL":
                ours = Column(ours.name, merged(ours.edges, theirs.edges))
            shared[column.name.lower()] = theirs if node.side == "RIGHT" else ours
        return shared

    # Expressions

    def decide(
        self, kind: Kind, label: str, keys: Sequence[exp.Expr | Column], scope: Scope
    ) -> None:
        """Let a clause decide about the rows of its SELECT."""
        clause = Clause(label, tuple(key for key in keys if isinstance(key, exp.Expr)))
        for key in keys:
            edges = key.edges if isinstance(key, Column) else self.edges(key, scope)
            add(scope.rows, under(kind, edges, clause))


def _is_handed_on(item: exp.Expr) -> bool:
    """Whether an item of a SELECT list is a column as it stands, but for its name and type."""
    node = item.unalias()
    while isinstance(node, exp.Paren) or type(node) is exp.Cast:
        node = node.this
    return isinstance(node, exp.Column)


def _is_aggregated(item: exp.Expr) -> bool:
    """Whether GROUP BY ALL leaves an item out: it holds an aggregate that is not a window's."""
    for node in item.find_all(exp.AggFunc):
        parent = node.parent
        while isinstance(parent, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
            parent = parent.parent
        if not isinstance(parent, exp.Window):
            return True
    return False


def _limits(node: exp.Query) -> list[exp.Expr]:
    return [node.args[part] for part in ("limit", "offset") if node.args.get(part)]


def _kept_apart(node: exp.Select) -> set[str]:
    """The columns of which no two values meet in a SELECT, so that branches may differ by them.

    A window looks at rows that PARTITION BY brings together; LIMIT and DISTINCT ON look at all, and
    behind an outer join a constant may be missing. GROUP BY needs no look: a group of several
    branches does not have the constant.
    """
    distinct = node.args.get("distinct")
    is_outer = any(join.side not in INNER_OR_LEFT for join in node.args.get("joins") or ())
    if is_outer or _limits(node) or (distinct and distinct.args.get("on")):
        return set()
    apart = set(BRANCH_COLUMNS)
    for window in node.find_all(exp.Window):
        if window.find_ancestor(exp.Select) is node:
            keys = window.args.get("partition_by") or ()
            apart &= {key.name.lower() for key in keys if isinstance(key, exp.Column)}
    return apart


def _distinct(branch: Branch, clause: Clause) -> Branch:
    keys = (under(Kind.GROUPING, column.edges, clause) for column in branch.columns)
    return replace(branch, rows=merged(branch.rows, *keys), row_count={})


def _as_found(relation: str, branch: Branch) -> Branch:
    """A branch of a model as the next model finds it."""
    columns = [
        replace(base_column(relation, column.name, branch.key), constant=column.constant)
        for column in branch.columns
    ]
    found = base_branch(relation, columns, branch.key)
    return found.emptied() if branch.is_empty else found
