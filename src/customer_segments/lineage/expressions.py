"""What an expression is computed from, in the scope of its SELECT.

Rules, where SQL leaves a choice:

* An expression is computed from every column in it, conditions of CASE included (`value`).
* PARTITION BY, ORDER BY and FILTER of a window or an aggregate are edges of that column alone. The
  second argument of max_by and its like is an order.
* `count(*)`, and a count or sum of constants, is computed from the number of rows that are read.
  Where these are grouped, the number of groups is decided by what decides the rows.
* A subquery gives the edges of what it selects and of what decides its rows.
* A struct keeps its fields apart, as does a list of keys extracted from JSON.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from customer_segments.lineage.constants import fold, reachable
from customer_segments.lineage.edges import Clause, Edges, Kind, add, merged, under
from customer_segments.lineage.refusals import (
    PURE_FUNCTIONS,
    REFUSED,
    WINDOW_PARTS,
    Refusals,
)
from customer_segments.lineage.relations import (
    NULL,
    AmbiguousNameError,
    Branch,
    Column,
    Constant,
    Context,
    Scope,
)


class Expressions(Refusals):
    """Traces the expressions of one model.

    Attributes:
        raw_names: the raw tables that the model reads.
    """

    def __init__(self, model: str) -> None:
        super().__init__(model)
        self.raw_names: set[str] = set()

    def subquery(self, node: exp.Expr, context: Context) -> Branch:
        """What a query in an expression selects; said by whoever traces queries."""
        raise NotImplementedError

    def constant(self, node: exp.Expr, scope: Scope) -> Constant | None:
        """The constant that an expression is; None where it is none."""
        return fold(node, lambda column: self.column(column, scope).constant)

    def is_never(self, condition: exp.Expr, scope: Scope) -> bool:
        """Whether a condition holds for no row."""
        return self.constant(condition, scope) in (Constant(False), NULL)

    def find(self, parts: Sequence[str], node: exp.Expr, scope: Scope | None) -> Column:
        """The column that a name means in a scope or in those around it."""
        name = ".".join(parts)
        while scope:
            try:
                column = scope.find(parts)
            except AmbiguousNameError as error:
                raise self.refusal(node, f"`{name}` is ambiguous; say of which table") from error
            except KeyError as error:
                raise self.refusal(node, f"`{name}` has no field {error}") from error
            if column:
                return column
            scope = scope.context.outer
        raise self.refusal(node, f"unknown column `{name}`")

    def column(self, node: exp.Expr, scope: Scope) -> Column:
        """What an expression is computed from, with its parts where they can be told apart."""
        return self.with_parts(node, scope) or Column("", self.edges(node, scope))

    def with_parts(self, node: exp.Expr, scope: Scope) -> Column | None:
        """The value of an expression that may have parts; None of any other."""
        match node:
            case exp.Alias() | exp.Paren():
                return self.column(node.this, scope)
            case exp.Column() if not node.is_star:
                return self.find([part.name for part in node.parts], node, scope)
            case exp.Dot(expression=exp.Identifier() as key):
                return self.part(node, key.name, scope)
            case exp.Bracket(expressions=[exp.Literal() as key]):
                return self.part(node, key.name, scope)
            case exp.Struct(expressions=fields) if all(
                isinstance(field, exp.PropertyEQ) for field in fields
            ):
                parts = {
                    field.name.lower(): self.column(field.expression, scope) for field in fields
                }
                return Column("", merged(*(part.edges for part in parts.values())), parts)
            case exp.JSONExtractScalar(expression=exp.Array(expressions=keys)) if all(
                key.is_string for key in keys
            ):
                return self.json_keys(self.edges(node.this, scope), keys)
            case exp.Case():
                return self.case(node, scope)
        return None

    def part(self, node: exp.Dot | exp.Bracket, name: str, scope: Scope) -> Column:
        """A field of a struct or an element of a list."""
        try:
            return self.column(node.this, scope).part([name])
        except KeyError as error:
            sql = node.this.sql(dialect="duckdb")
            raise self.refusal(node, f"`{sql}` has no field {error}") from error

    def case(self, node: exp.Case, scope: Scope) -> Column:
        """A CASE; the parts of its only branch that has some depend on the conditions, too."""
        decided: Edges = {}
        columns = []
        for conditions, result in reachable(
            node, lambda column: self.column(column, scope).constant
        ):
            for condition in conditions:
                add(decided, self.edges(condition, scope))
            if result:
                columns.append(self.column(result, scope))
        edges = merged(decided, *(column.edges for column in columns))
        parts = [column.parts for column in columns if column.parts]
        if len(parts) != 1:
            return Column("", edges)
        return Column(
            "", edges, {name: part.decided_by(decided) for name, part in parts[0].items()}
        )

    def json_keys(self, line: Edges, keys: Sequence[exp.Expr]) -> Column:
        """Several keys of a JSON text, given as JSON pointers; of a raw line each is a column."""
        if not all(origin.relation in self.raw_names for origin in line):
            return Column("", line)
        parts = {}
        for position, key in enumerate(keys):
            name = _pointed_at(key.name)
            edges: Edges = {origin._replace(column=name): None for origin in line}
            parts[str(position)] = Column(name, edges)
        return Column("", merged(*(part.edges for part in parts.values())), parts)

    def edges(self, node: exp.Expr, scope: Scope) -> Edges:
        """What an expression is computed from.

        Ordinary nodes are walked, not recursed: a condition may be a chain of hundreds of ORs.
        """
        found: Edges = {}
        pending = [node]
        while pending:
            node = pending.pop()
            edges = self.special(node, scope)
            if edges is None:
                pending.extend(node.iter_expressions(reverse=True))
            else:
                add(found, edges)
        return found

    def special(self, node: exp.Expr, scope: Scope) -> Edges | None:
        """The edges of a node that is more than its children; None for any other."""
        if reason := REFUSED.get(type(node)):
            raise self.refusal(node, reason)
        if column := self.with_parts(node, scope):
            return column.edges
        match node:
            case exp.Query():
                answer = self.subquery(node, scope.inside())
                return merged(*(column.edges for column in answer.columns), answer.rows)
            case exp.Exists():
                return self.subquery(node.this, scope.inside()).rows
            case exp.Window():
                self.allow(node, WINDOW_PARTS)
                return self.window(node, scope)
            case exp.Filter():
                condition = node.expression.this
                clause = Clause("filter where", (condition,))
                return merged(
                    self.edges(node.this, scope),
                    under(Kind.FILTER, self.edges(condition, scope), clause),
                )
            case exp.WithinGroup():
                # The order of an ordered-set aggregate is what it aggregates.
                values = [node.this, *(key.this for key in node.expression.expressions)]
                return merged(*(self.edges(value, scope) for value in values))
            case exp.Order():
                value = self.edges(node.this, scope) if node.this else {}
                return merged(value, self.by(Kind.ORDERING, "order by", node.expressions, scope))
            case exp.ArgMax() | exp.ArgMin():
                return merged(
                    self.edges(node.this, scope),
                    self.by(Kind.ORDERING, "order by", [node.expression], scope),
                )
            case exp.Count(this=exp.Star() | exp.Column(this=exp.Star())):
                return scope.row_count
            case exp.Count() | exp.Sum():
                values = merged(*(self.edges(child, scope) for child in node.iter_expressions()))
                is_computed = any(origin.kind is Kind.VALUE for origin in values)
                if is_computed or self.constant(node.this, scope) == Constant(0):
                    return values
                return merged(values, scope.row_count)
            case exp.Anonymous() if node.name.lower() not in PURE_FUNCTIONS:
                raise self.refusal(
                    node,
                    f"`{node.name}()` may read more than its arguments; if it does not, add it to"
                    " PURE_FUNCTIONS",
                )
        return None

    def window(self, node: exp.Window, scope: Scope) -> Edges:
        """The function of a window, and the rows it looks at."""
        spec = node.args.get("spec")
        order = node.args.get("order")
        return merged(
            self.edges(node.this, scope),
            self.edges(spec, scope) if spec else {},
            self.by(Kind.GROUPING, "partition by", node.args.get("partition_by") or (), scope),
            self.edges(order, scope) if order else {},
        )

    def by(self, kind: Kind, label: str, keys: Sequence[exp.Expr], scope: Scope) -> Edges:
        """What a value depends on by keys that are not themselves part of it."""
        clause = Clause(label, tuple(keys))
        return merged(*(under(kind, self.edges(key, scope), clause) for key in keys))


def _pointed_at(pointer: str) -> str:
    """The key that a JSON pointer names; one into nested objects stays as it is."""
    key = pointer.removeprefix("/")
    return pointer if "/" in key else key.replace("~1", "/").replace("~0", "~")
