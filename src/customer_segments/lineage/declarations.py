"""What SQL cannot say about lineage: `config.meta.lineage` of a model or a source.

* `inputs`, of a Python model: output column -> the `model.column` it is learned from, or a list of
  them; a `column` without a model where only one model is read, not counting `earlier` ones. Every
  column of the model stands here or in `constants`. The column `*` are its rows. Of a SQL model:
  what its SQL was written from when it was compiled, which the SQL does not show.
* `per_source_system`, of a Python model: true where each source system is learned by itself.
* `constants`: column -> the reason why it comes from no column; or one reason for all columns of a
  model, whose SQL is then not read.
* `clock`, of a source: the reason why its tables say when something ran, and nothing of customers.
* `earlier`, of a model: the reason why it holds what earlier builds left in the warehouse. Paths
  end there, for what those builds read is not known any more; its SQL is not read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from customer_segments.lineage.edges import ROWS, Edges, Kind, Origin, merged
from customer_segments.lineage.relations import (
    BRANCH_COLUMNS,
    SYSTEM,
    Branch,
    Column,
    Constant,
    Key,
)
from customer_segments.lineage.sql import Trace

KEYS = ("inputs", "per_source_system", "constants", "clock", "earlier")


@dataclass(frozen=True)
class Declaration:
    """A declaration, read.

    Attributes:
        inputs: by output column, (model, column) pairs; an empty model is the only one it reads.
        per_source_system: each source system is learned by itself.
        constants: reasons by column.
        is_constant: all columns are constants, whatever the SQL says.
        is_clock: the source says when something ran.
        is_earlier: the model holds what earlier builds left.
        problems: what is wrong with the declaration, in words.
    """

    inputs: dict[str, list[tuple[str, str]]]
    per_source_system: bool
    constants: dict[str, str]
    is_constant: bool
    is_clock: bool
    is_earlier: bool
    problems: tuple[str, ...]


def read_declaration(declared: Mapping[str, Any], columns: Collection[str]) -> Declaration:
    """Read one declaration.

    Args:
        declared: `config.meta.lineage`; may be empty.
        columns: of the model or source.
    """
    problems = [f"`{key}` is not one of {', '.join(KEYS)}" for key in declared if key not in KEYS]
    reasons = declared.get("constants") or {}
    constants = dict.fromkeys(columns, reasons) if isinstance(reasons, str) else dict(reasons)
    problems += [f"constant {name} needs a reason" for name in constants if not constants[name]]
    inputs = {}
    for column, names in (declared.get("inputs") or {}).items():
        names = [names] if isinstance(names, str) else names or []
        parts = [name.rpartition(".") for name in names]
        inputs[column] = [(model, name) for model, _, name in parts if name and "." not in model]
        if not names or len(inputs[column]) < len(names):
            problems.append(f"inputs of {column} are `model.column` or a list of such")
    unknown = sorted({*inputs, *constants} - {*columns, ROWS})
    problems += [f"there is no column {column}" for column in unknown]
    twice = sorted({*inputs} & {*constants})
    problems += [f"{column} stands in inputs and in constants" for column in twice]
    problems += [
        f"`{key}` needs a reason" for key in ("clock", "earlier") if declared.get(key) is True
    ]
    return Declaration(
        inputs,
        bool(declared.get("per_source_system")),
        constants,
        isinstance(reasons, str),
        bool(declared.get("clock")),
        bool(declared.get("earlier")),
        tuple(problems),
    )


@dataclass(frozen=True)
class Inputs:
    """What a model reads, to which the inputs of its declaration lead.

    Attributes:
        declaration: of the model.
        relations: the `schema.table` of each model that it reads, by name.
        traces: by `schema.table`, of these models.
        earlier: names of those that hold what earlier builds left.
    """

    declaration: Declaration
    relations: Mapping[str, str]
    traces: Mapping[str, Trace]
    earlier: Collection[str] = ()

    @property
    def built(self) -> list[str]:
        """The names of the models that this build made."""
        return [name for name in self.relations if name not in self.earlier]

    def problems(self) -> list[str]:
        """Inputs that are no columns of a model that is read."""
        return [
            f"input {f'{name}.{column}'.removeprefix('.')} of {output} is no column of a model that"
            " it reads"
            for output, pairs in self.declaration.inputs.items()
            for name, column in pairs
            if self._find(name, column) is None
        ]

    def _find(self, name: str, column: str) -> str | None:
        """The model that an input is a column of; None where there is none."""
        model = name or (self.built[0] if len(self.built) == 1 else "")
        is_column = model in self.relations and column in self.traces[self.relations[model]].names
        return model if is_column else None

    def fitted(self, columns: Sequence[str]) -> Trace:
        """The edges of a Python model: its rows are learned from the rows that it reads, if any."""
        systems = {""}
        if self.declaration.per_source_system:
            systems = {_system(key) for name in self.built for key in self._keys(name)}
        branches = [self._learned(columns, system) for system in sorted(systems)]
        read = [
            branch for name in self.built for branch in self.traces[self.relations[name]].branches
        ]
        if all(branch.is_empty for branch in read):
            branches = [branch.emptied() for branch in branches]
        return Trace(branches)

    def written(self, trace: Trace) -> Trace:
        """The edges of a SQL model, and those that its SQL does not show."""
        branches = []
        for branch in trace.branches:
            system = _system(branch.key)
            columns = [
                column.decided_by(self._edges(column.name, Kind.VALUE, system))
                for column in branch.columns
            ]
            rows = merged(branch.rows, self._edges(ROWS, Kind.VALUE, system))
            branches.append(replace(branch, columns=columns, rows=rows))
        return Trace(branches)

    def _learned(self, columns: Sequence[str], system: str) -> Branch:
        constants = {SYSTEM: Constant(system)} if system else {}
        learned = [
            Column(
                column,
                self._edges(column, Kind.MODEL_FITTED, system),
                constant=constants.get(column),
            )
            for column in columns
        ]
        rows = [self._lead(name, ROWS, Kind.MODEL_FITTED, system) for name in self.built]
        return Branch(learned, merged(*rows, self._edges(ROWS, Kind.MODEL_FITTED, system)))

    def _edges(self, output: str, kind: Kind, system: str) -> Edges:
        pairs = self.declaration.inputs.get(output, ())
        found = [(self._find(*pair), pair[1]) for pair in pairs]
        return merged(*(self._lead(name, column, kind, system) for name, column in found if name))

    def _lead(self, name: str, column: str, kind: Kind, system: str) -> Edges:
        """To a column of the branches that can be of a source system; of all, where it is none."""
        return {
            Origin(self.relations[name], column, kind, key): None
            for key in self._keys(name)
            if not system or _system(key) in (system, "")
        }

    def _keys(self, name: str) -> list[Key]:
        return [branch.key for branch in self.traces[self.relations[name]].branches]


def _system(key: Key) -> str:
    return key[BRANCH_COLUMNS.index(SYSTEM)]
