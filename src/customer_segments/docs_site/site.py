"""The site: one folder of static files that opens from disk."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from customer_segments.docs_site.dbt_page import linked_page
from customer_segments.docs_site.inputs import LINEAGE, open_warehouse, read_dbt_files
from customer_segments.docs_site.page_data import page_data
from customer_segments.lineage import LineageRow

ASSETS = (
    "attributes.html",
    "attributes.css",
    "dom.js",
    "model.js",
    "layout.js",
    "graph.js",
    "pieces.js",
    "explorer.js",
    "search.js",
    "attributes.js",
)


def write_site(target: Path, warehouse: Path, out: Path) -> None:
    """Write the site.

    Args:
        target: folder into which dbt wrote its documentation.
        warehouse: the DuckDB file.
        out: folder of the site; files of other names in it stay.

    Raises:
        SiteError: something is missing, or of another state of the project.
        WarehouseError: the warehouse cannot be opened.
    """
    dbt = read_dbt_files(target)
    with open_warehouse(warehouse) as connection:
        rows = lineage_rows(connection)
        data = page_data(dbt.manifest, dbt.catalog, connection, rows)
    contents = {
        "index.html": linked_page(dbt.page),
        "attribute_data.js": f"const ATTRIBUTE_DATA = {script_json(data)};\n",
        "attribute_lineage.json": json_lines([row._asdict() for row in rows]),
    }
    assets = files(__package__) / "assets"
    contents |= {name: (assets / name).read_text(encoding="utf-8") for name in ASSETS}
    out.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (out / name).write_text(content, encoding="utf-8", newline="\n")


def lineage_rows(connection: duckdb.DuckDBPyConnection) -> list[LineageRow]:
    """The rows of `marts.attribute_lineage`, in order."""
    columns = ", ".join(LineageRow._fields)
    found = connection.execute(f"select {columns} from {LINEAGE} order by all").fetchall()
    return [LineageRow(*row) for row in found]


def script_json(value: Any) -> str:
    """Compact JSON that can stand in a script, whatever its texts hold."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    # Escaped, no text can end the script, and old engines take the separators for line ends.
    for character in "<>\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def json_lines(rows: list[dict[str, Any]]) -> str:
    """A JSON array with a row per line, so that two sites can be compared."""
    lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    return f"[\n{lines}\n]\n"
