"""What the page Attributes is made from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from written_site import Site

from customer_segments.docs_site import SiteError, write_site
from customer_segments.docs_site.dbt_page import LINK, POLICY, linked_page
from customer_segments.docs_site.definitions import (
    Column,
    Table,
    owner_of,
    public_tables,
    split_unit,
)
from customer_segments.docs_site.inputs import open_warehouse
from customer_segments.docs_site.profiles import MOST_COUNTED, Profile, profiles
from customer_segments.docs_site.protection import protection
from customer_segments.docs_site.site import lineage_rows, script_json
from customer_segments.docs_site.ways import PackedLineage, pack, split_path, value_clauses
from customer_segments.lineage import LineageRow
from customer_segments.warehouse import WarehouseError


def unpack(packed: PackedLineage) -> set[LineageRow]:
    """The rows that were packed."""
    nodes, sources, cells = packed.nodes.items(), packed.sources.items(), packed.cells.items()
    kinds, texts, ways = packed.kinds.items(), packed.texts.items(), packed.ways.items()
    rows = {
        LineageRow(
            *nodes[node], None, None, None, "constant", 0, ".".join(nodes[node]), text, "constant"
        )
        for node, text in packed.constants.items()
    }
    for node, numbers in packed.columns.items():
        for kind, cell, text, _ in (ways[number] for number in numbers):
            path, at = [".".join(nodes[node])], cell
            while (step := cells[at])[0] >= 0:
                path.append(".".join(nodes[step[0]]))
                at = step[1]
            *place, endpoint = sources[-1 - step[0]]
            path.append(".".join(part for part in place if part))
            rows.add(
                LineageRow(
                    *nodes[node],
                    *place,
                    kinds[kind],
                    len(path) - 1,
                    " > ".join(path),
                    texts[text],
                    endpoint,
                )
            )
    return rows


def test_packed_lineage_says_all_that_the_table_says(site: Site) -> None:
    with open_warehouse(site.warehouse.path) as connection:
        rows = lineage_rows(connection)
    assert unpack(pack(rows)) == set(rows)
    written = json.loads((site.folder / "attribute_lineage.json").read_text(encoding="utf-8"))
    assert [LineageRow(**row) for row in written] == rows


def test_the_data_of_the_sample_stays_small(site: Site) -> None:
    assert (site.folder / "attribute_data.js").stat().st_size < 4_000_000


def test_the_same_input_gives_the_same_bytes(site: Site, tmp_path: Path) -> None:
    write_site(site.target, site.warehouse.path, tmp_path)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_bytes() for path in site.folder.iterdir()}


def row(
    path: str, source: tuple[str | None, str, str], text: str, kind: str = "value"
) -> LineageRow:
    return LineageRow("marts", "a", *source, kind, path.count(" > "), path, text, "raw")


def test_a_path_ends_in_whatever_the_raw_column_is_called() -> None:
    path = "marts.a > stg.b > shop.orders.Price > 0.Net"
    assert split_path(row(path, ("shop", "orders", "Price > 0.Net"), "")) == [
        ("marts", "a"),
        ("stg", "b"),
    ]


@pytest.mark.parametrize(
    ("transformation", "expected"),
    [
        ("as it stands", [(0, ""), (1, ""), (2, "")]),
        ("two: x + 1", [(0, ""), (1, "x + 1"), (2, "")]),
        ("one: max(x; y); three: 'a: b'", [(0, "max(x; y)"), (1, ""), (2, "'a: b'")]),
        ("two: case when…", [(0, ""), (1, "case when…")]),
    ],
)
def test_expressions_belong_to_their_steps(
    transformation: str, expected: list[tuple[int, str]]
) -> None:
    assert list(value_clauses(["one", "two", "three"], transformation)) == expected


def test_the_step_that_makes_the_kind_is_known() -> None:
    path = "marts.a > mid.* > stg.b > shop.orders.x"
    place = ("shop", "orders", "x")
    told = {
        "mid: where b > 0": 1,
        "learned by mid": 1,
        "marts: join on a": 0,
    }
    for text, step in told.items():
        ((_, _, _, decided_at),) = pack([row(path, place, text, "filter")]).ways.items()
        assert decided_at == step, text


def test_of_two_cut_expressions_the_longer_is_kept() -> None:
    source = ("shop", "orders", "x")
    rows = [
        row("marts.a > stg.b > shop.orders.x", source, "marts: aa…"),
        row("marts.a > stg.b > shop.orders.x", source, "marts: aaaa…"),
        row("marts.a > stg.b > shop.orders.x", source, "marts: aaa…"),
    ]
    ((clauses),) = [told for (start, _), told in pack(rows).clauses.items() if start == 0]
    assert list(clauses.values()) == ["aaaa…"]


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Days since.\nUnit: days.\n", ("Days since.", "days")),
        ("Days since.", ("Days since.", None)),
        ("", ("", None)),
        ("Unit: of account is not a unit\nhere.", ("Unit: of account is not a unit\nhere.", None)),
    ],
)
def test_the_last_line_says_the_unit(description: str, expected: tuple[str, str | None]) -> None:
    assert split_unit(description) == expected


def table(**columns: list[dict[str, Any]]) -> Table:
    node = {
        "unique_id": "model.p.orders",
        "name": "orders",
        "schema": "main",
        "alias": "orders",
        "config": {"group": "sales"},
        "package_name": "p",
        "columns": {
            name: {"name": name, "constraints": constraints}
            for name, constraints in columns.items()
        },
    }
    return Table(node, tuple(Column(name, "", None, "VARCHAR") for name in columns))


def generic(name: str, attached: str = "model.p.orders", **arguments: Any) -> dict[str, Any]:
    metadata = {"name": name, "kwargs": {"model": "{{ ref('orders') }}", **arguments}}
    return {
        "resource_type": "test",
        "name": f"{name}_of_orders",
        "description": "",
        "column_name": arguments.get("column_name"),
        "attached_node": attached,
        "depends_on": {"nodes": ["model.p.orders"]},
        "config": {"severity": "ERROR"},
        "test_metadata": metadata,
    }


def protected(*tests: dict[str, Any], **columns: list[dict[str, Any]]) -> Any:
    nodes = {str(number): test for number, test in enumerate(tests)}
    return protection(table(**columns), {"nodes": nodes, "unit_tests": {}})


def test_a_test_protects_the_columns_that_it_names_as_whole_words() -> None:
    found = protected(
        generic("expression_is_true", expression="net_amount <= 5 and kind <> 'amount'"),
        generic("unique_key", key=["id", "kind"]),
        generic("relationships_of_key", key=["id"], to="ref('amount')"),
        generic("sizes_are_few"),
        generic("unique_key", attached="model.p.other", key=["amount"]),
        id=[{"type": "not_null", "expression": None}],
        kind=[],
        amount=[],
        net_amount=[],
    )
    asserted = {name: [one.asserts for one in tests] for name, tests in found.columns.items()}
    assert asserted == {
        "id": ["not null", "each id stands in amount", "one row per id, kind"],
        "kind": ["`net_amount <= 5 and kind <> 'amount'`", "one row per id, kind"],
        "amount": [],
        "net_amount": ["`net_amount <= 5 and kind <> 'amount'`"],
    }
    assert [one.asserts for one in found.table] == ["sizes are few"]


def test_a_column_is_counted_per_source_system() -> None:
    connection = duckdb.connect()
    connection.execute(
        "create table orders as select * from (values"
        " ('a', 2.50), ('a', 1.00), ('a', 2.50), ('a', 1.00), ('a', 3.00), ('a', null), ('b', null)"
        ") as orders (source_system, amount)"
    )
    found = profiles(connection, table(source_system=[], amount=[]))["amount"]
    assert found == [
        Profile("a", 6, 5, 3, "1.00", "3.00", (("1.00", 2), ("2.50", 2), ("3.00", 1))),
        Profile("b", 1, 0, 0, None, None, ()),
    ]


def test_of_a_key_the_first_values_are_shown_and_long_ones_are_cut() -> None:
    connection = duckdb.connect()
    connection.execute(
        "create table orders as select range as id, repeat('x', 500) as note"
        f" from range({MOST_COUNTED + 1}) order by hash(range)"
    )
    found = profiles(connection, table(id=[], note=[]))
    assert found["id"][0].examples == tuple((str(number), None) for number in range(5))
    ((example, count),) = found["note"][0].examples
    assert len(example) == 80
    assert count == MOST_COUNTED + 1


def test_an_empty_table_has_no_profiles() -> None:
    connection = duckdb.connect()
    connection.execute("create table orders (source_system varchar, id integer)")
    assert profiles(connection, table(source_system=[], id=[])) == {"source_system": [], "id": []}


def test_the_owner_is_that_of_the_group() -> None:
    group = {"name": "sales", "package_name": "p", "owner": {"name": None, "email": "a@b.c"}}
    assert owner_of(table().node, {"groups": {"g": group}}) == ("sales", "a@b.c")
    assert owner_of(table().node, {"groups": {}}) == ("sales", None)


def test_no_text_can_end_the_script_it_stands_in() -> None:
    text = "</script><!--\u2028"
    assert not set("<>\u2028") & set(script_json([text]))
    assert json.loads(script_json([text])) == [text]


def test_dbts_page_gets_the_policy_before_anything_else() -> None:
    page = '<html><head><meta charset="utf-8"><script>"</body>"</script></head><body></body></html>'
    head, _, rest = linked_page(page).partition(POLICY)
    assert head == '<html><head><meta charset="utf-8">'
    assert rest.endswith(f"<body>{LINK}</body></html>")
    with pytest.raises(SiteError, match="is not the page of the dbt"):
        linked_page("<html></html>")


@pytest.mark.parametrize("name", ["manifest.json", "catalog.json", "static_index.html"])
def test_a_missing_file_of_dbt_is_named(site: Site, tmp_path: Path, name: str) -> None:
    for file in ("manifest.json", "catalog.json", "static_index.html"):
        if file != name:
            shutil.copy(site.target / file, tmp_path)
    with pytest.raises(SiteError, match=rf"{name} does not exist. Run .*make docs"):
        write_site(tmp_path, site.warehouse.path, tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_a_catalog_of_another_state_is_refused(site: Site) -> None:
    manifest = site.warehouse.manifest
    with pytest.raises(SiteError, match="older than the project"):
        public_tables(manifest, {"nodes": {}})


def test_a_missing_and_a_mixed_warehouse_are_refused(site: Site, tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="make build"):
        write_site(site.target, tmp_path / "none.duckdb", tmp_path / "site")
    mixed = site.warehouse.copy(tmp_path)
    with duckdb.connect(str(mixed)) as connection:
        connection.execute("create or replace view marts.build_status as select true as is_mixed")
    with pytest.raises(SiteError, match=r"of different runs.*make build"):
        write_site(site.target, mixed, tmp_path / "site")
    with duckdb.connect(str(mixed)) as connection:
        connection.execute("drop table marts.attribute_lineage")
    with pytest.raises(SiteError, match=r"attribute_lineage.*make build"):
        write_site(site.target, mixed, tmp_path / "site")
