"""The rule card: segments as SQL conditions over measures in raw units.

A small decision tree (Breiman et al. 1984; scikit-learn's CART) is grown on the labels. Its
conditions exclude each other and cover every row, so a reader can check them with a query. They
describe the segments; they do not define them: the nearest centroid does.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal

import numpy as np
from sklearn.tree import DecisionTreeClassifier

MAX_DEPTH = 4
SMALLEST_LEAF = 0.005
"""Smallest share of the fitted rows in a leaf: a rule for a handful is not worth reading."""


@dataclass(frozen=True)
class Bound:
    """What a rule asks of one feature: lower < value <= upper, or null where `nulls`."""

    lower: str | None = None
    upper: str | None = None
    nulls: bool = True


@dataclass(frozen=True)
class Rule:
    """One leaf.

    Attributes:
        segment_id: the segment of most customers in it.
        condition: SQL, true for the customers in the leaf.
        precision: share of the customers in it who are in the segment.
        coverage: share of all customers in it.
        support: customers in it.
    """

    segment_id: int
    condition: str
    precision: float
    coverage: float
    support: int


@dataclass
class _Node:
    """A node of the pruned tree: a leaf has no feature."""

    segment_id: int
    feature: int = -1
    threshold: str = ""
    nulls_left: bool = False
    children: list[_Node] = field(default_factory=list)


def rule_card(
    values: np.ndarray,
    names: Sequence[str],
    segment_ids: np.ndarray,
    fit_rows: np.ndarray,
    random_state: int = 0,
) -> list[Rule]:
    """Describe segments by rules.

    Args:
        values: (n, r) in raw units, NaN where null, n at least 1.
        names: of the r columns, as in SQL.
        segment_ids: (n,) integers from 1.
        fit_rows: positions that the tree is grown on; all rows are counted.
        random_state: order in which equally good splits are tried.

    Returns:
        One rule per leaf, in order of segment, then falling support, then condition. Thresholds
        are the shortest decimals that separate the fitted rows.
    """
    if values.shape[1] == 0 or len(np.unique(segment_ids[fit_rows])) == 1:
        majority = int(np.bincount(segment_ids[fit_rows]).argmax())
        leaves = [({}, majority, np.arange(len(values)))]
    else:
        tree = DecisionTreeClassifier(
            max_depth=MAX_DEPTH,
            max_leaf_nodes=3 * len(np.unique(segment_ids)),
            min_samples_leaf=max(1, int(SMALLEST_LEAF * len(fit_rows))),
            random_state=random_state,
        )
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # many segments
            tree.fit(values[fit_rows], segment_ids[fit_rows])
        root = _prune(_read(tree, values[fit_rows], np.arange(len(fit_rows)), 0))
        leaves = _leaves(root, {}, values, np.arange(len(values)))
    has_nulls = np.isnan(values).any(axis=0)
    rules = []
    for bounds, segment_id, rows in leaves:
        if len(rows):
            hits = np.count_nonzero(segment_ids[rows] == segment_id)
            condition = _condition(bounds, names, has_nulls)
            share = len(rows) / len(values)
            rules.append(Rule(segment_id, condition, hits / len(rows), share, len(rows)))
    return sorted(rules, key=lambda rule: (rule.segment_id, -rule.support, rule.condition))


def shortest_between(low: float, high: float) -> str:
    """Return the shortest decimal t with low <= t < high, near the middle, without exponent.

    Args:
        low: largest value on the left.
        high: smallest value on the right, above `low`.
    """
    lower, upper = Decimal(repr(float(low))), Decimal(repr(float(high)))
    middle = (lower + upper) / 2
    for exponent in range(12, -30, -1):
        step = Decimal(1).scaleb(exponent)
        nearest = (middle / step).to_integral_value() * step
        for candidate in (nearest, (middle / step).to_integral_value(ROUND_FLOOR) * step):
            if lower <= candidate < upper:
                return f"{candidate.normalize():f}"
    return f"{lower.normalize():f}"


def identifier(name: str) -> str:
    """Return a column name as SQL: as it is where that is safe, else quoted.

    Lower-case names of several words joined by underscores are no keywords of SQL, but for
    `current_date` and its like.
    """
    if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", name) and not name.startswith("current_"):
        return name
    return '"' + name.replace('"', '""') + '"'


def _read(tree: DecisionTreeClassifier, values: np.ndarray, rows: np.ndarray, node: int) -> _Node:
    """Read a fitted tree, with thresholds in as few digits as the rows allow."""
    state = tree.tree_
    majority = int(tree.classes_[state.value[node][0].argmax()])
    if state.children_left[node] < 0:
        return _Node(majority)
    feature = int(state.feature[node])
    column = values[rows, feature]
    nulls_left = bool(state.missing_go_to_left[node])
    # scikit-learn compares in single precision.
    is_left = column.astype(np.float32) <= state.threshold[node]
    is_null = np.isnan(column)
    left, right = column[is_left & ~is_null], column[~is_left & ~is_null]
    if not len(left) or not len(right):  # a split of the nulls from the rest
        threshold = repr(float(left.max())) if len(left) else repr(float(right.min()) - 1)
        threshold = f"{Decimal(threshold).normalize():f}"
    else:
        threshold = shortest_between(left.max(), right.min())
    goes_left = np.where(is_null, nulls_left, is_left)
    children = [
        _read(tree, values, rows[goes_left], int(state.children_left[node])),
        _read(tree, values, rows[~goes_left], int(state.children_right[node])),
    ]
    return _Node(majority, feature, threshold, nulls_left, children)


def _prune(node: _Node) -> _Node:
    """Merge leaves of one parent that name the same segment."""
    node.children = [_prune(child) for child in node.children]
    if node.children and all(not child.children for child in node.children):
        left, right = node.children
        if left.segment_id == right.segment_id:
            return _Node(left.segment_id)
    return node


def _leaves(
    node: _Node, bounds: dict[int, Bound], values: np.ndarray, rows: np.ndarray
) -> list[tuple[dict[int, Bound], int, np.ndarray]]:
    """Return the bounds, the segment and the rows of every leaf below a node."""
    if not node.children:
        return [(bounds, node.segment_id, rows)]
    column = values[rows, node.feature]
    goes_left = np.where(np.isnan(column), node.nulls_left, column <= float(node.threshold))
    bound = bounds.get(node.feature, Bound())
    left = Bound(bound.lower, node.threshold, bound.nulls and node.nulls_left)
    right = Bound(node.threshold, bound.upper, bound.nulls and not node.nulls_left)
    return _leaves(
        node.children[0], bounds | {node.feature: left}, values, rows[goes_left]
    ) + _leaves(node.children[1], bounds | {node.feature: right}, values, rows[~goes_left])


def _condition(bounds: dict[int, Bound], names: Sequence[str], has_nulls: np.ndarray) -> str:
    """Write bounds as a SQL condition, features in the order of their columns."""
    parts = []
    for feature, bound in sorted(bounds.items()):
        name = identifier(names[feature])
        limits = []
        if bound.lower is not None:
            limits.append(f"{name} > {bound.lower}")
        if bound.upper is not None:
            limits.append(f"{name} <= {bound.upper}")
        if bound.nulls and has_nulls[feature]:
            joined = " and ".join(limits)
            parts.append(f"(({joined}) or {name} is null)")
        else:
            parts.extend(limits)
    return " and ".join(parts) or "true"
