"""Expressions whose value the SQL alone says: what they compare decides which branches meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from customer_segments.lineage.relations import NULL, Constant

ConstantOf = Callable[[exp.Column], Constant | None]
"""The constant that a column is in a scope; None where it is none."""

# NULL in, NULL out.
STRICT = (
    *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.DPipe, exp.Neg),
    *(exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Nullif, exp.Filter),
    *(exp.Sum, exp.Min, exp.Max, exp.Avg, exp.Median, exp.ArgMax, exp.ArgMin),
)


def fold(node: exp.Expr, constant_of: ConstantOf) -> Constant | None:
    """The constant that an expression is; None where it is none, or none that is seen here."""

    def known(part: exp.Expr) -> Constant | None:
        return fold(part, constant_of)

    match node:
        case exp.Paren() | exp.Alias():
            return known(node.this)
        case exp.Null():
            return NULL
        case exp.Boolean():
            return Constant(bool(node.this))
        case exp.Literal():
            if node.is_string:
                return Constant(node.this)
            return Constant(int(node.this)) if node.is_int else None
        case exp.Column():
            return constant_of(node)
        case exp.Cast():
            value = known(node.this)
            types = exp.DataType.TEXT_TYPES if _is_text(value) else exp.DataType.NUMERIC_TYPES
            return value if value in (None, NULL) or node.to.is_type(*types) else None
        case exp.Not():
            operand = known(node.this)
            return operand if operand in (None, NULL) else Constant(not operand.value)
        case exp.And() | exp.Or():
            operands = [known(operand) for operand in node.flatten()]
            decisive = Constant(isinstance(node, exp.Or))
            if decisive in operands:
                return decisive
            undecided = [operand for operand in operands if operand in (None, NULL)]
            return None if None in undecided else (undecided or [Constant(not decisive.value)])[0]
        case exp.Is():
            value, expected = known(node.this), known(node.expression)
            return None if value is None or expected is None else Constant(value == expected)
        case exp.EQ():
            return _is_one_of(known(node.this), [known(node.expression)])
        case exp.NEQ():
            equal = _is_one_of(known(node.this), [known(node.expression)])
            return equal if equal in (None, NULL) else Constant(not equal.value)
        case exp.In(expressions=[_, *_] as values):
            return _is_one_of(known(node.this), [known(value) for value in values])
        case exp.Coalesce():
            for part in (node.this, *node.expressions):
                value = known(part)
                if value != NULL:
                    return value
            return NULL
        case exp.Case():
            results = {
                known(result) if result else NULL for _, result in reachable(node, constant_of)
            }
            return results.pop() if len(results) == 1 else None
        case _ if isinstance(node, STRICT):
            operands = (node.this, node.args.get("expression"))
            if isinstance(node, exp.Binary):
                return NULL if NULL in [known(operand) for operand in operands] else None
            return NULL if known(node.this) == NULL else None
    return None


def reachable(
    node: exp.Case, constant_of: ConstantOf
) -> Iterator[tuple[list[exp.Expr], exp.Expr | None]]:
    """The branches of a CASE that can be taken: what is compared for each, and its result.

    The result of a missing ELSE is None.
    """
    subject = node.this
    for branch in node.args["ifs"]:
        if subject:
            taken = _is_one_of(fold(subject, constant_of), [fold(branch.this, constant_of)])
        else:
            taken = fold(branch.this, constant_of)
        if taken is None:
            yield [part for part in (subject, branch.this) if part], branch.args["true"]
        elif taken.value:
            yield [], branch.args["true"]
            return
    yield [], node.args.get("default")


def _is_one_of(value: Constant | None, others: list[Constant | None]) -> Constant | None:
    if value == NULL:
        return NULL
    if value is None:
        return None
    if any(other and other != NULL and _equal(value, other) for other in others):
        return Constant(True)
    if any(other is None or not _comparable(value, other) for other in others):
        return None
    return NULL if NULL in others else Constant(False)


def _is_text(value: Constant | None) -> bool:
    return value is not None and isinstance(value.value, str)


def _equal(one: Constant, other: Constant) -> bool:
    return type(one.value) is type(other.value) and one == other


def _comparable(one: Constant, other: Constant) -> bool:
    """A text may equal a number after a cast; that is not looked into."""
    return other == NULL or type(one.value) is type(other.value)
