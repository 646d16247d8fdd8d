"""The rows of the lineage, packed: what many paths share is kept once.

A sample's 40,000 paths share most of their steps: the columns of a table come by the same ways from
what decides its rows, and paths meet on their way down. Packed, they are a tenth of their text.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from customer_segments.lineage import LineageRow

STEP = " > "
CUT = "…"
HANDED_ON = "as it stands"
VALUE = "value"
CONSTANT = "constant"
NOWHERE = -1

Source = tuple[str | None, str, str, str]
"""Source system, table, column and endpoint of the end of a path."""


class Pool:
    """Numbers for things, in the order in which they are met."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}

    def __call__(self, item: Hashable) -> int:
        """The number of a thing."""
        return self._numbers.setdefault(item, len(self._numbers))

    def items(self) -> list[Any]:
        """The things by number."""
        return list(self._numbers)


@dataclass
class PackedLineage:
    """The lineage in numbers.

    Attributes:
        kinds: of ways.
        nodes: columns of models, `(model, column)`.
        sources: ends of paths, `Source`.
        cells: paths as linked lists: a step and the cell that follows. A step >= 0 is a node; a
            step < 0 is the source `-1 - step`, which nothing follows (`NOWHERE`).
        texts: of transformations.
        ways: kind, first cell below the public column, transformation, and the step of the path
            that makes it this kind (0 is the public column; `NOWHERE` where every step is a value).
        columns: ways of each public column, by node.
        constants: why a public column comes from no data, by node.
        clauses: what is done on a step, as kind and text, by its two ends; an empty text where a
            value is handed on as it stands.
    """

    kinds: Pool = field(default_factory=Pool)
    nodes: Pool = field(default_factory=Pool)
    sources: Pool = field(default_factory=Pool)
    cells: Pool = field(default_factory=Pool)
    texts: Pool = field(default_factory=Pool)
    ways: Pool = field(default_factory=Pool)
    columns: dict[int, list[int]] = field(default_factory=dict)
    constants: dict[int, str] = field(default_factory=dict)
    clauses: dict[tuple[int, int], dict[int, str]] = field(default_factory=dict)


def pack(rows: Iterable[LineageRow]) -> PackedLineage:
    """Pack the rows of `marts.attribute_lineage`."""
    packed = PackedLineage()
    for row in rows:
        if row.kind == CONSTANT:
            packed.constants[packed.nodes((row.model, row.column_name))] = row.transformation
        else:
            _add(packed, row)
    return packed


def split_path(row: LineageRow) -> list[tuple[str, str]]:
    """The columns of models on a path, `(model, column)`, from the public column down.

    The end of the path is known from the row itself: names of raw columns can hold anything.
    """
    end = ".".join(
        part for part in (row.source_system, row.source_table, row.source_column) if part
    )
    steps = row.path.removesuffix(f"{STEP}{end}").split(STEP)
    return [(model, column) for model, _, column in (step.partition(".") for step in steps)]


def _add(packed: PackedLineage, row: LineageRow) -> None:
    path = split_path(row)
    source = (row.source_system, row.source_table, row.source_column, row.endpoint)
    steps = [*map(packed.nodes, path), NOWHERE - packed.sources(source)]
    cell = NOWHERE
    for step in reversed(steps[1:]):
        cell = packed.cells((step, cell))
    models = [model for model, _ in path]
    decided_at = NOWHERE if row.kind == VALUE else _decided_at(models, row.transformation)
    kind = packed.kinds(row.kind)
    way = packed.ways((kind, cell, packed.texts(row.transformation), decided_at))
    packed.columns.setdefault(steps[0], []).append(way)
    clauses = (
        value_clauses(models, row.transformation)
        if row.kind == VALUE
        else [(decided_at, row.transformation.partition(": ")[2])]
    )
    for position, text in clauses:
        if position != NOWHERE:
            _note(packed, (steps[position], steps[position + 1]), kind, text)


def _decided_at(models: Sequence[str], transformation: str) -> int:
    """The step that makes a path another kind than value: its model is named."""
    named = re.match(r"(?:learned by )?(\w+)(?:: |$)", transformation)
    return models.index(named[1]) if named and named[1] in models else NOWHERE


def value_clauses(models: Sequence[str], transformation: str) -> Iterator[tuple[int, str]]:
    """What is done on the steps of a path of values, `model: expression; model: expression`.

    Args:
        models: on the path.
        transformation: of it; below the step where it is cut, nothing is known.

    Yields:
        Step and expression; an empty one where the value is handed on as it stands.
    """
    said = {} if transformation == HANDED_ON else dict(_pieces(models, transformation))
    known = max(said, default=0) if transformation.endswith(CUT) else len(models)
    for position in range(len(models)):
        if position in said or position < known:
            yield position, said.get(position, "")


def _pieces(models: Sequence[str], transformation: str) -> Iterator[tuple[int, str]]:
    names = "|".join(map(re.escape, models))
    _, *parts = re.split(rf"(?:^|; )({names}): ", transformation)
    for model, expression in zip(parts[::2], parts[1::2], strict=True):
        yield models.index(model), expression


def _note(packed: PackedLineage, edge: tuple[int, int], kind: int, text: str) -> None:
    """Keep what is done on a step; of two texts the one that says more, then the first."""
    known = packed.clauses.setdefault(edge, {})
    if kind not in known or _says(text) > _says(known[kind]):
        known[kind] = text


def _says(text: str) -> tuple[bool, int]:
    """Whether a text is whole, and how much of it there is where it is cut."""
    is_cut = text.endswith(CUT)
    return not is_cut, len(text) if is_cut else 0
