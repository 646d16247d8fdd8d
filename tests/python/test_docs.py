"""The documentation of the public tables: complete, and the same words for the same name."""

from __future__ import annotations

import json

from builds import Builder, Warehouse


def test_every_public_column_is_described_and_equal_names_have_equal_descriptions(
    sample: Warehouse, build: Builder
) -> None:
    manifest = json.loads(max((build.folder / "targets").glob("*/manifest.json")).read_text())
    public = {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["access"] == "public"
    }
    descriptions: dict[str, set[str]] = {}
    for table, columns in sample.tables.items():
        described = public[table]["columns"]
        assert list(described) == columns, table
        assert public[table]["config"]["contract"]["enforced"], table
        assert public[table]["config"]["meta"]["grain"], table
        for column in columns:
            descriptions.setdefault(column, set()).add(described[column]["description"].strip())
    assert {name for name, texts in descriptions.items() if "" in texts} == set()
    assert {name for name, texts in descriptions.items() if len(texts) > 1} == set()


def test_every_model_says_its_grain(sample: Warehouse, build: Builder) -> None:
    manifest = json.loads(max((build.folder / "targets").glob("*/manifest.json")).read_text())
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model":
            assert node["description"].startswith("One row"), node["name"]
            assert node["config"]["meta"]["grain"], node["name"]
            assert node["config"]["meta"]["derivation"], node["name"]
