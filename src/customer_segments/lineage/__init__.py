"""Lineage: which raw columns each column of the public tables comes from, read off compiled SQL.

Functions of texts and dicts, without dbt; only `warehouse` reads a database.

* `trace_warehouse`: what the builds of a warehouse kept in, `Lineage` out; an error where it is not
  whole.
* `trace_project`: facts of models, compiled SQL and columns in, `Lineage` out: its rows, its direct
  edges, and what is wrong with it.
* `trace_sql`: the edges of one query.
* `UntraceableSqlError`: what cannot be followed is refused, never skipped.

Modules: `edges` (the kinds), `relations` (what a query can read and name), `constants` (which rows
can meet), `expressions` and `sql` (one query), `refusals` (what is not followed), `declarations`
(what SQL cannot say), `paths` (from public columns down), `project` (all of it), `warehouse`
(of a database).
"""

from customer_segments.lineage.paths import LineageRow
from customer_segments.lineage.project import Edge, Facts, Lineage, trace_project
from customer_segments.lineage.refusals import UntraceableSqlError
from customer_segments.lineage.sql import Trace, trace_sql
from customer_segments.lineage.warehouse import LineageError, lineage_table, trace_warehouse

__all__ = [
    "Edge",
    "Facts",
    "Lineage",
    "LineageError",
    "LineageRow",
    "Trace",
    "UntraceableSqlError",
    "lineage_table",
    "trace_project",
    "trace_sql",
    "trace_warehouse",
]
