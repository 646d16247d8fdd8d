"""The public tables and their columns as dbt's files define them, and the ends of lineage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from customer_segments.docs_site.inputs import Catalog, Manifest, SiteError
from customer_segments.lineage.project import PACKAGE

UNIT = "Unit: "

Node = Mapping[str, Any]
"""A model, seed, source or test of the manifest."""


@dataclass(frozen=True)
class Column:
    """A column of a public table.

    Attributes:
        name: of it.
        description: without the line that says the unit.
        unit: None where the description does not say it.
        data_type: as the warehouse has it.
    """

    name: str
    description: str
    unit: str | None
    data_type: str


@dataclass(frozen=True)
class Table:
    """A public table.

    Attributes:
        node: its model in the manifest.
        columns: in order.
    """

    node: Node
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.node["name"]

    @property
    def relation(self) -> str:
        """Quoted name of the table in the warehouse."""
        return f"{quoted(self.node['schema'])}.{quoted(self.node['alias'])}"


def public_tables(manifest: Manifest, catalog: Catalog) -> list[Table]:
    """The public tables of the package, by name.

    Raises:
        SiteError: the catalog is of another state of the project.
    """
    nodes = sorted(
        (
            node
            for node in manifest["nodes"].values()
            if node["resource_type"] == "model"
            and node["package_name"] == PACKAGE
            and node["access"] == "public"
        ),
        key=lambda node: node["name"],
    )
    return [Table(node, tuple(_columns(node, catalog))) for node in nodes]


def _columns(node: Node, catalog: Catalog) -> Iterator[Column]:
    found = catalog["nodes"].get(node["unique_id"], {"columns": {}})["columns"]
    types = {name.lower(): column["type"] for name, column in found.items()}
    for column in node["columns"].values():
        name = column["name"]
        if name.lower() not in types:
            raise SiteError(
                f"catalog.json does not have {node['name']}.{name}, so it is older than the"
                " project. Run `make build`, then `make docs`."
            )
        description, unit = split_unit(column["description"])
        yield Column(name, description, unit, types[name.lower()])


def split_unit(description: str) -> tuple[str, str | None]:
    """Split `Unit: days.`, the last line of a description, from the rest."""
    *lines, last = description.strip().splitlines() or [""]
    if not last.startswith(UNIT):
        return description.strip(), None
    return "\n".join(lines).strip(), last.removeprefix(UNIT).removesuffix(".")


def owner_of(node: Node, manifest: Manifest) -> tuple[str | None, str | None]:
    """Name and owner of the group that a model belongs to; None for what there is not."""
    name = node["config"].get("group")
    for group in manifest.get("groups", {}).values():
        if group["name"] == name and group["package_name"] == node["package_name"]:
            owner = group["owner"]
            return name, owner.get("name") or owner.get("email")
    return name, None


def exposures_of(node: Node, manifest: Manifest) -> list[dict[str, str]]:
    """What depends on a model outside of the project, by name."""
    exposures = sorted(manifest["exposures"].values(), key=lambda exposure: exposure["name"])
    return [
        {
            "id": exposure["unique_id"],
            "name": exposure.get("label") or exposure["name"],
            "type": exposure["type"],
            "description": exposure["description"].strip(),
        }
        for exposure in exposures
        if node["unique_id"] in exposure["depends_on"]["nodes"]
    ]


def origins(manifest: Manifest) -> dict[tuple[str | None, str], Node]:
    """Where lineage can end, by source system (None for what is not raw) and table."""
    found: dict[tuple[str | None, str], Node] = {}
    for source in manifest["sources"].values():
        found[source["source_name"], source["name"]] = source
        # The clock of builds is a source of dbt, but no raw table of a source system.
        found[None, f"{source['source_name']}.{source['name']}"] = source
    for node in manifest["nodes"].values():
        is_earlier = "earlier" in node["config"].get("meta", {}).get("lineage", {})
        if node["resource_type"] == "seed" or is_earlier:
            found[None, node["name"]] = node
    return found


def column_description(node: Node | None, column: str) -> str:
    """The description of a column of a source, a seed or a model; empty where there is none."""
    columns: Iterable[Node] = node["columns"].values() if node else ()
    return next((item["description"].strip() for item in columns if item["name"] == column), "")


def quoted(name: str) -> str:
    """A name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'
