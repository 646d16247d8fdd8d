"""Where raw values change places, those public columns change that are computed from them."""

from __future__ import annotations

import csv
import io
import random
import shutil
from pathlib import Path

from builds import SAMPLE, Builder, Warehouse, read_bytes, write_bytes

# Raw file, its delimiter, and of its column the source table and name.
CHANGES = (
    ("online_retail/online_retail.csv.gz", ",", "online_retail", "Country"),
    ("berka/card.csv", ";", "card", "type"),
    ("berka/district.csv", ";", "district", "A2"),
)


def exchange(path: Path, delimiter: str, column: str) -> None:
    """Let the values of one column of a raw file change places."""
    text = io.StringIO(read_bytes(path).decode(), newline="")
    header, *rows = csv.reader(text, delimiter=delimiter)
    position = header.index(column)
    whole = [row for row in rows if len(row) == len(header)]
    values = [row[position] for row in whole]
    random.Random(column).shuffle(values)
    for row, value in zip(whole, values, strict=True):
        row[position] = value
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows([header, *rows])
    write_bytes(path, out.getvalue().encode())


def test_what_is_computed_from_raw_columns_changes_with_them_and_nothing_else(
    build: Builder, sample: Warehouse, traced, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(SAMPLE, tmp_path / "data"))
    for file, delimiter, _, column in CHANGES:
        exchange(data / file, delimiter, column)
    other = build("exchanged", data_dir=data)
    grains = {
        node["name"]: ", ".join(node["config"]["meta"]["grain"])
        for node in traced.manifest["nodes"].values()
        if node["resource_type"] == "model"
    }
    changed = set()
    for table, names in sample.tables.items():
        for name in names:
            sql = f'select "{name}" from marts.{table} order by {grains[table]}'
            if sample.query(sql) != other.query(sql):
                changed.add((table, name))
    computed = {
        row[:2]
        for row in traced.lineage.rows
        if row.kind == "value" and row[3:5] in {change[2:] for change in CHANGES}
    }
    rejected = {("rejected_rows", name) for name in sample.tables["rejected_rows"]}
    assert changed - rejected == computed - rejected
    assert computed - rejected == {
        ("customers", "country"),
        ("customers", "card_type"),
        ("customers", "district"),
    }
