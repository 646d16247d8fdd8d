"""What cannot be followed is refused, never skipped: what is not listed here is not known."""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

# Functions that sqlglot has no class for and that read nothing but their arguments. A macro of the
# database looks the same and may read tables, so a name has to be known.
PURE_FUNCTIONS = {
    "array_distance",
    "error",
    "json_array_length",
    "json_exists",
    "json_keys",
    "json_valid",
    "list_aggregate",
    "list_position",
    "list_reduce",
    "list_sort",
    "list_sum",
    "list_zip",
    "row",
    "struct_insert",
    "timezone",
    "to_json",
    "try_strptime",
}

# What a clause may consist of; any other part that stands there is refused.
SELECT_PARTS = {
    "with_",
    "distinct",
    "expressions",
    "from_",
    "joins",
    "where",
    "group",
    "having",
    "qualify",
    "order",
    "limit",
    "offset",
}
SET_OPERATION_PARTS = {"with_", "this", "expression", "distinct", "order", "limit", "offset"}
SUBQUERY_PARTS = {"with_", "this", "alias"}
TABLE_PARTS = {"this", "db", "catalog", "alias"}
JOIN_PARTS = {"this", "on", "using", "side", "kind", "method"}
WINDOW_PARTS = {"this", "partition_by", "order", "spec", "over"}
GROUP_PARTS = {"expressions", "all"}
STAR_PARTS = {"except_", "replace"}

REFUSED_PARTS = {
    "by_name": "`union by name` matches columns by name; list them in one order",
    "pivots": "`pivot` and `unpivot` name columns after data; use CASE or a union",
    "windows": "a named window; write it out behind OVER",
    "alias": "a named window; write it out behind OVER",
    "rename": "`* rename`; name the columns",
    "sample": "a sample is chance; nothing may depend on it",
}

_NO_CLOCK = "the clock is no raw column; nothing may depend on it"
_NO_CHANCE = "chance is no raw column; nothing may depend on it"
REFUSED: dict[type[exp.Expr], str] = {
    exp.Pivot: REFUSED_PARTS["pivots"],
    exp.Columns: "`columns()` chooses columns by pattern; name them",
    exp.PositionalColumn: "`#1` names a column by position; name it",
    exp.Star: "`*` stands in a SELECT list or in count(*) only",
    exp.Comprehension: "a list comprehension; use list_transform() and list_filter()",
    exp.Placeholder: "a parameter is not part of the SQL",
    exp.Parameter: "a parameter is not part of the SQL",
    exp.CurrentDate: _NO_CLOCK,
    exp.CurrentTime: _NO_CLOCK,
    exp.CurrentTimestamp: _NO_CLOCK,
    exp.Rand: _NO_CHANCE,
    exp.Uuid: _NO_CHANCE,
}


class UntraceableSqlError(Exception):
    """SQL that cannot be followed; the message names the model, the line and the construct.

    Attributes:
        model: whose SQL.
        line: of the compiled SQL, from 1; None where the parser does not know.
    """

    def __init__(self, model: str, reason: str, line: int | None = None) -> None:
        place = f"{model}, line {line} of the compiled SQL" if line else model
        super().__init__(f"{place}: lineage cannot be traced: {reason}")
        self.model = model
        self.line = line


class Refusals:
    """Refuses the SQL of one model."""

    def __init__(self, model: str) -> None:
        self.model = model

    def refusal(self, node: exp.Expr, reason: str) -> UntraceableSqlError:
        """The error to raise."""
        lines = [line for part in node.walk() if (line := part.meta.get("line"))]
        return UntraceableSqlError(self.model, reason, min(lines, default=None))

    def allow(self, node: exp.Expr, parts: Collection[str]) -> None:
        """Refuse a clause that has a part which is not listed."""
        for part, value in node.args.items():
            if value and part not in parts:
                raise self.refusal(node, REFUSED_PARTS.get(part, f"`{part}` of `{node.key}`"))
