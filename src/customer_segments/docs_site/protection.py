"""The tests that protect a column, and what each of them asserts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from customer_segments.docs_site.definitions import Node, Table
from customer_segments.docs_site.inputs import Manifest

# What dbt adds to the arguments of every generic test.
_ADDED = {"model", "column_name"}
_STRING = re.compile(r"'[^']*'")
_REFERENCE = re.compile(r"(?:ref|source)\((.*)\)")


@dataclass(frozen=True)
class Assertion:
    """A test of dbt.

    Attributes:
        name: of it.
        asserts: in words.
        is_warning: it warns instead of stopping the build.
    """

    name: str
    asserts: str
    is_warning: bool = False


@dataclass(frozen=True)
class Protection:
    """The tests of a table.

    Attributes:
        columns: of one or some of its columns, by column.
        table: that name none of its columns.
        unit: unit tests of the model.
    """

    columns: Mapping[str, tuple[Assertion, ...]]
    table: tuple[Assertion, ...]
    unit: tuple[Assertion, ...]


def protection(table: Table, manifest: Manifest) -> Protection:
    """Find the tests of a table: those of its contract, data tests and unit tests.

    A data test protects the columns that it is declared on or that its arguments name as whole
    words, outside of strings.
    """
    columns: dict[str, list[Assertion]] = {column.name: [] for column in table.columns}
    whole: list[Assertion] = []
    for column in table.node["columns"].values():
        for constraint in column["constraints"]:
            columns[column["name"]].append(Assertion("contract", _constraint(constraint)))
    for test in _data_tests(table.node, manifest):
        assertion = Assertion(test["name"], _asserts(test), _is_warning(test))
        named = [name for name in columns if _names(test, name)]
        for name in named:
            columns[name].append(assertion)
        if not named:
            whole.append(assertion)
    return Protection(
        {name: tuple(assertions) for name, assertions in columns.items()},
        tuple(whole),
        tuple(_unit_tests(table.node, manifest)),
    )


def _constraint(constraint: Mapping[str, Any]) -> str:
    kind = constraint["type"].replace("_", " ")
    return f"{kind}: {constraint['expression']}" if constraint["expression"] else kind


def _data_tests(node: Node, manifest: Manifest) -> Iterator[Node]:
    """The data tests of a model by name: those attached to it, and those of SQL that read it."""
    tests = (test for test in manifest["nodes"].values() if test["resource_type"] == "test")
    for test in sorted(tests, key=lambda test: test["name"]):
        attached = test.get("attached_node")
        if attached == node["unique_id"] or (
            not attached and node["unique_id"] in test["depends_on"]["nodes"]
        ):
            yield test


def _unit_tests(node: Node, manifest: Manifest) -> Iterator[Assertion]:
    tests = manifest["unit_tests"].values()
    for test in sorted(tests, key=lambda test: test["name"]):
        if node["unique_id"] in test["depends_on"]["nodes"]:
            yield Assertion(test["name"], test["description"].strip() or _words(test["name"]))


def _is_warning(test: Node) -> bool:
    return test["config"].get("severity", "error").lower() == "warn"


def _names(test: Node, column: str) -> bool:
    """Whether a test is about a column."""
    if column in (test.get("column_name"), _arguments(test).get("column_name")):
        return True
    # What a test refers to is a table, also where a column is called like it.
    texts = (
        _STRING.sub("''", text)
        for name, value in _arguments(test).items()
        if name not in _ADDED
        for text in _texts(value)
        if not _REFERENCE.search(text)
    )
    return any(re.search(rf"\b{re.escape(column)}\b", text) for text in texts)


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)


def _arguments(test: Node) -> Mapping[str, Any]:
    return (test.get("test_metadata") or {}).get("kwargs", {})


def _asserts(test: Node) -> str:
    """What a test asserts: its description, or what its kind and arguments say."""
    if test["description"].strip():
        return test["description"].strip()
    metadata = test.get("test_metadata")
    if not metadata:
        return _words(test["name"])
    say = _SENTENCES.get(metadata["name"], _call)
    return say(metadata["name"], metadata["kwargs"])


def _call(name: str, arguments: Mapping[str, Any]) -> str:
    told = "; ".join(
        f"{key} = {_listed(value)}" for key, value in arguments.items() if key != "model"
    )
    return f"{_words(name)}: {told}" if told else _words(name)


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _referred(value: str) -> str:
    reference = _REFERENCE.search(value)
    return reference[1].replace("'", "").replace(", ", ".") if reference else value


def _words(name: str) -> str:
    return name.replace("_", " ")


_SENTENCES: dict[str, Callable[[str, Mapping[str, Any]], str]] = {
    "unique_key": lambda _, said: f"one row per {_listed(said['key'])}",
    "unique": lambda _, said: f"each {said['column_name']} once",
    "not_null": lambda _, said: f"{said['column_name']} is never null",
    "accepted_values": lambda _, said: f"{said['column_name']} is one of {_listed(said['values'])}",
    "relationships": lambda _, said: (
        f"each {said['column_name']} is a {said['field']} of {_referred(said['to'])}"
    ),
    "relationships_of_key": lambda _, said: (
        f"each {_listed(said['key'])} stands in {_referred(said['to'])}"
    ),
    "expression_is_true": lambda _, said: f"`{said['expression']}`",
}
