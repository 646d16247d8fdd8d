"""What becomes of each table that stands in PostgreSQL: whether it makes way, stays, or goes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from customer_segments.publish.errors import PublishError
from customer_segments.publish.server import Relation
from customer_segments.publish.tables import Table


@dataclass(frozen=True)
class Plan:
    """What becomes of each table.

    Attributes:
        replacing: new tables, which take the place of the old ones or are the first.
        refilled: tables that stay because something hangs on them; their rows are exchanged.
        dropped: names of tables that were published before, and are no longer public.
        old: what stands in the schema now, of all these.
    """

    replacing: list[Table]
    refilled: list[Table]
    dropped: list[str]
    old: dict[str, Relation]


def make_plan(
    tables: Sequence[Table], standing: Mapping[str, Relation], published: Collection[str]
) -> Plan:
    """Decide for each table.

    Args:
        tables: to publish.
        standing: what the schema has.
        published: names of what was published before.

    Raises:
        PublishError: a table is not ours, or something hangs on it that would be lost; the message
            names all of them.
    """
    names = {table.name for table in tables}
    dropped = sorted(standing.keys() & set(published) - names)
    old = {name: standing[name] for name in sorted(standing.keys() & {*names, *dropped})}
    problems = [
        _problem_of_ownership(relation)
        if name in published and relation.kind == "r"
        else f"{name}: exists, and was not published by `make publish`. Rename it, or set"
        " PUBLISH_SCHEMA to another schema."
        for name, relation in old.items()
    ]
    problems += [_problem_of_columns(old[it.name], it) for it in tables if it.name in old]
    problems += [
        f"{name}: is no longer a public table, but {_hanging(old[name])} depends on it. Drop that."
        for name in dropped
        if old[name].hanging
    ]
    if any(problems):
        raise PublishError("\n".join(["Not published:", *(f"  {it}" for it in problems if it)]))
    stays = {name for name, relation in old.items() if relation.hanging}
    return Plan(
        [table for table in tables if table.name not in stays],
        [table for table in tables if table.name in stays],
        dropped,
        old,
    )


def _problem_of_ownership(old: Relation) -> str | None:
    if old.is_ours:
        return None
    return f"{old.name}: belongs to the role {old.owner}. Publish as that role, or a member of it."


def _problem_of_columns(old: Relation, new: Table) -> str | None:
    """Why a table on which something hangs cannot take the new rows; None where it can."""
    if old.references:
        return (
            f"{old.name}: the foreign key {', '.join(old.references)} refers to it, which rows that"
            " are exchanged would break. Drop that."
        )
    if not old.hanging or old.structure == new.structure:
        return None
    return (
        f"{old.name}: {_changes(old, new)}, but {_hanging(old)} depends on the table as it is. Drop"
        " that, publish, and create it again."
    )


def _changes(old: Relation, new: Table) -> str:
    """How the columns, or the key, of a table differ from those that stand there."""
    before = {name: (data_type, not_null) for name, data_type, not_null in old.columns}
    after = {it.name: (it.data_type, not it.is_nullable) for it in new.columns}
    changes = {
        "new": [name for name in after if name not in before],
        "gone": [name for name in before if name not in after],
        "changed": [name for name in after if before.get(name, after[name]) != after[name]],
    }
    found = [f"{kind}: {', '.join(names)}" for kind, names in changes.items() if names]
    return f"its columns change ({'; '.join(found)})" if found else "its order or key changes"


def _hanging(old: Relation) -> str:
    return ", ".join(old.hanging)
