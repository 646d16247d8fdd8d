"""Lineage: which raw columns each column of the public tables comes from, read off compiled SQL.

Pure functions of texts and dicts: no dbt, no database.

* `trace_project`: a manifest, compiled SQL and the columns of the warehouse in, `Lineage` out: its
  rows, its direct edges, and what is wrong with it.
* `trace_sql`: the edges of one query.
* `UntraceableSqlError`: what cannot be followed is refused, never skipped.

Modules: `edges` (the kinds), `relations` (what a query can read and name), `constants` (which rows
can meet), `expressions` and `sql` (one query), `refusals` (what is not followed), `declarations`
(what SQL cannot say), `paths` (from public columns down), `project` (all of it).
"""

from customer_segments.lineage.paths import LineageRow
from customer_segments.lineage.project import Edge, Lineage, read_compiled, trace_project
from customer_segments.lineage.refusals import UntraceableSqlError
from customer_segments.lineage.sql import Trace, trace_sql

__all__ = [
    "Edge",
    "Lineage",
    "LineageRow",
    "Trace",
    "UntraceableSqlError",
    "read_compiled",
    "trace_project",
    "trace_sql",
]
