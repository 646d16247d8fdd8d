"""The documentation of the public tables: complete, and the same words for the same name."""

from __future__ import annotations

import copy
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from builds import Warehouse

UNIT = re.compile(r"(?:^|\n\n)Unit: [^\n]+\.$")

Manifest = dict[str, Any]


def problems(manifest: Manifest, tables: Mapping[str, list[str]]) -> list[str]:
    """What the documentation lacks; `tables` are the columns of each public table."""
    return [*of_models(manifest), *of_columns(manifest, tables), *of_exposures(manifest)]


def models(manifest: Manifest) -> dict[str, Any]:
    nodes = manifest["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "model"}


def public_models(manifest: Manifest) -> dict[str, Any]:
    return {name: node for name, node in models(manifest).items() if node["access"] == "public"}


def of_models(manifest: Manifest) -> Iterator[str]:
    for name, node in models(manifest).items():
        if not node["description"].startswith("One row"):
            yield f"{name}: its description does not begin with what one row is"
        for key in ("grain", "derivation"):
            if not node["config"]["meta"].get(key):
                yield f"{name}: no {key} in its meta"
        if not node["group"]:
            yield f"{name}: nobody owns it"
    for name, node in public_models(manifest).items():
        if not node["config"]["contract"]["enforced"]:
            yield f"{name}: its columns are no contract"


def of_columns(manifest: Manifest, tables: Mapping[str, list[str]]) -> Iterator[str]:
    descriptions = defaultdict(set)
    for name, node in public_models(manifest).items():
        if list(node["columns"]) != tables.get(name):
            yield f"{name}: the table has other columns than the documentation"
        for column in node["columns"].values():
            text = column["description"].strip()
            descriptions[column["name"]].add(text)
            if not UNIT.sub("", text):
                yield f"{name}.{column['name']}: no description"
            if not UNIT.search(text):
                yield f"{name}.{column['name']}: no unit"
    yield from (
        f"{name}: described in two ways" for name in descriptions if len(descriptions[name]) > 1
    )


def of_exposures(manifest: Manifest) -> Iterator[str]:
    public = {node["unique_id"] for node in public_models(manifest).values()}
    exposed = defaultdict(set)
    for exposure in manifest["exposures"].values():
        name = exposure["name"]
        exposed[name] = set(exposure["depends_on"]["nodes"])
        if not exposure["description"] or not exposure["owner"]["name"]:
            yield f"exposure {name}: no description or owner"
        if exposed[name] - public:
            yield f"exposure {name}: reads {', '.join(sorted(exposed[name] - public))}"
    for node in manifest["nodes"].values():
        reads = set(node["depends_on"].get("nodes", ()))
        if node["resource_type"] == "analysis" and reads != exposed[node["name"]]:
            yield f"analysis {node['name']}: its exposure does not name what it reads"


@pytest.fixture(scope="module")
def tables(sample: Warehouse) -> dict[str, list[str]]:
    """Columns by public table, that of the clock included."""
    return dict(
        sample.query(
            "select table_name, list(column_name order by ordinal_position)"
            " from information_schema.columns where table_schema = 'marts' group by all"
        )
    )


def test_the_documentation_is_complete(sample: Warehouse, tables: Mapping[str, list[str]]) -> None:
    assert problems(sample.manifest, tables) == []


def net_amount(manifest: Manifest) -> dict[str, Any]:
    return models(manifest)["customers"]["columns"]["net_amount"]


BROKEN: dict[str, Callable[[Manifest], object]] = {
    "recent_customer_amounts: its description does not begin with what one row is": (
        lambda manifest: models(manifest)["recent_customer_amounts"].update(description="Amounts.")
    ),
    "features_rfm: no grain in its meta": (
        lambda manifest: models(manifest)["features_rfm"]["config"]["meta"].pop("grain")
    ),
    "segments: nobody owns it": lambda manifest: models(manifest)["segments"].update(group=None),
    "segments: its columns are no contract": (
        lambda manifest: models(manifest)["segments"]["config"]["contract"].update(enforced=False)
    ),
    "customers: the table has other columns than the documentation": (
        lambda manifest: models(manifest)["customers"]["columns"].pop("age")
    ),
    "customers.net_amount: no description": (
        lambda manifest: net_amount(manifest).update(description="Unit: currency.")
    ),
    "customers.net_amount: no unit": (
        lambda manifest: net_amount(manifest).update(description="Money.\n\nUnit: .")
    ),
    "net_amount: described in two ways": (
        lambda manifest: net_amount(manifest).update(description="Money.\n\nUnit: currency.")
    ),
    "exposure choosing_k: no description or owner": (
        lambda manifest: exposure(manifest, "choosing_k").update(description="")
    ),
    "exposure choosing_k: reads model.customer_segments.int_order_lines": (
        lambda manifest: exposure(manifest, "choosing_k")["depends_on"]["nodes"].append(
            "model.customer_segments.int_order_lines"
        )
    ),
    "analysis choosing_k: its exposure does not name what it reads": (
        lambda manifest: exposure(manifest, "choosing_k")["depends_on"]["nodes"].clear()
    ),
}


def exposure(manifest: Manifest, name: str) -> dict[str, Any]:
    return manifest["exposures"][f"exposure.customer_segments.{name}"]


@pytest.mark.parametrize("problem", BROKEN)
def test_what_is_missing_is_found(
    sample: Warehouse, tables: Mapping[str, list[str]], problem: str
) -> None:
    manifest = copy.deepcopy(sample.manifest)
    BROKEN[problem](manifest)
    assert problem in problems(manifest, tables)


def test_the_same_words_are_in_the_database(sample: Warehouse) -> None:
    comments = sample.query(
        "select table_name, column_name, comment from duckdb_columns() where schema_name = 'marts'"
    )
    documented = {
        (name, column): node["columns"][column]["description"]
        for name, node in public_models(sample.manifest).items()
        for column in node["columns"]
    }
    assert {row[:2]: row[2] for row in comments} == documented
