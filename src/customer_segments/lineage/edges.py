"""Edges: what a column or a row comes from, in which way, and by which clause of the SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple

from sqlglot import exp

ROWS = "*"
"""Stands for a column: the rows of a relation, that is, whatever decides which ones there are."""

ROW_COUNT = "count(*)"
"""Stands for a column: how many rows a relation has."""

FILE_NAME = "(file name)"
"""Stands for a column: the name of the file that a raw row was read from."""

LINE = "(line)"
"""Stands for a column: a line of a file that is read without looking for columns."""


class Kind(StrEnum):
    """The way in which something comes from a column; the order is that of published rows."""

    VALUE = "value"
    """It is computed from the column; conditions of CASE and arguments of functions count."""
    FILTER = "filter"
    """The column decides which rows take part: WHERE, HAVING, QUALIFY, FILTER, LIMIT, a semi or
    anti join, EXCEPT, or a subquery in one of them."""
    JOIN = "join"
    """The column decides which rows are brought together: ON, USING, unnested lists."""
    GROUPING = "grouping"
    """The column decides which rows are one: GROUP BY, DISTINCT, UNION, PARTITION BY."""
    ORDERING = "ordering"
    """The column decides who comes first: ORDER BY in windows and aggregates or before LIMIT, and
    the second argument of max_by and its like."""
    MODEL_FITTED = "model-fitted"
    """A Python model learned from the column."""
    ROWS = "rows"
    """Only to `ROWS`: the relation is read, so what decides its rows decides these. Never
    published: it passes on the kinds that it finds."""


class Origin(NamedTuple):
    """Where an edge leads.

    Attributes:
        relation: `schema.table`, or of a raw table `source_system.source_table`.
        column: as the relation spells it, or one of the constants above.
        kind: in which way.
        branch: of a model which of its branches (`relations.Branch.key`).
    """

    relation: str
    column: str
    kind: Kind
    branch: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Clause:
    """A piece of SQL that made an edge: `label` says what it is, empty for an expression."""

    label: str
    nodes: tuple[exp.Expr, ...] = ()

    @cached_property
    def text(self) -> str:
        """The SQL on one line, lower case but for what stands in quotes."""
        nodes = (node.transform(_is_not) for node in self.nodes)
        # transform() made copies already.
        sql = ", ".join(node.sql(dialect="duckdb", comments=False, copy=False) for node in nodes)
        unquoted = re.sub(r"'[^']*'|\"[^\"]*\"|[^'\"]+", _lower, sql)
        return f"{self.label} {unquoted}".strip()


def _is_not(node: exp.Expr) -> exp.Expr:
    """`x is not null` instead of `not x is null`."""
    if isinstance(node, exp.Not) and isinstance(node.this, exp.Is):
        return exp.Is(this=node.this.this, expression=exp.Not(this=node.this.expression))
    return node


def _lower(match: re.Match[str]) -> str:
    text = match[0]
    return text if text[0] in "'\"" else text.lower()


Edges = dict[Origin, Clause | None]
"""Edges with the clause that decided their kind; None where a column is only handed on."""


def add(edges: Edges, more: Mapping[Origin, Clause | None]) -> None:
    """Add edges in place; of two equal ones the first stays, but a clause is better than none."""
    for origin, clause in more.items():
        if edges.get(origin) is None:
            edges[origin] = clause


def merged(*parts: Mapping[Origin, Clause | None]) -> Edges:
    """All edges of the parts."""
    edges: Edges = {}
    for part in parts:
        add(edges, part)
    return edges


def under(kind: Kind, edges: Mapping[Origin, Clause | None], clause: Clause | None) -> Edges:
    """The edges of a step that uses a column or a clause with `edges` in one way.

    The kind of a path is `value` only if every step is, else that of its first step which is not,
    seen from the public column.

    Args:
        kind: of the step on top.
        edges: of what the step uses.
        clause: of the step; None where it only hands on.
    """
    if kind is Kind.VALUE:
        return {
            origin: clause if clause and origin.kind is Kind.VALUE else below
            for origin, below in edges.items()
        }
    return {origin._replace(kind=kind): clause for origin in edges}
