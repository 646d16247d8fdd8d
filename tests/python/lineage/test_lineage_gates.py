"""A build fails where the lineage is not whole, and the table of the last one stays."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from builds import ROOT, Builder, Warehouse

from customer_segments.lineage import LineageError, trace_warehouse

Connection = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def copied(sample: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample.copy(tmp_path_factory.mktemp("gates"))


@pytest.fixture
def changed(copied: Path) -> Iterator[Connection]:
    """The sample's warehouse, as it was again after the test."""
    with duckdb.connect(str(copied)) as connection:
        connection.begin()
        yield connection
        connection.rollback()


def rewrite_sql(connection: Connection, model: str, old: str, new: str) -> None:
    (count,) = connection.execute(
        "update operations.compiled_models set compiled_sql = replace(compiled_sql, $old, $new)"
        " where unique_id = 'model.customer_segments.' || $model and contains(compiled_sql, $old)",
        {"model": model, "old": old, "new": new},
    ).fetchone()
    assert count == 1


def declare(connection: Connection, model: str, declaration: Mapping[str, Any]) -> None:
    """Change the declaration of a model by entries; None takes one away."""
    unique_id = f"model.customer_segments.{model}"
    query = "select facts from operations.compiled_models where unique_id = ?"
    (text,) = connection.execute(query, [unique_id]).fetchone()
    facts = json.loads(text)
    lineage = facts["config"]["meta"]["lineage"]
    for key, entries in declaration.items():
        found = lineage.setdefault(key, {}) | entries
        lineage[key] = {name: value for name, value in found.items() if value is not None}
    connection.execute(
        "update operations.compiled_models set facts = ? where unique_id = ?",
        [json.dumps(facts), unique_id],
    )


def test_what_has_no_sql_any_more_is_missed(changed: Connection) -> None:
    changed.execute(
        "update operations.compiled_models set compiled_sql = null"
        " where unique_id = 'model.customer_segments.customer_recency'"
    )
    with pytest.raises(LineageError, match=r"\ncustomer_recency: there is no compiled SQL"):
        trace_warehouse(changed)


def test_a_column_that_comes_from_nowhere_is_named(changed: Connection) -> None:
    rewrite_sql(changed, "build_status", "from numbered", "from (select 7 as nothing)")
    rewrite_sql(changed, "build_status", "where build_number = 1", "")
    rewrite_sql(changed, "build_status", "    state,", "    nothing as state,")
    for name in ("build_id", "started_at", "finished_at", "source_systems", "model_count"):
        rewrite_sql(changed, "build_status", f"    {name},", f"    nothing as {name},")


def test_a_name_that_two_tables_have_is_refused_with_its_line(changed: Connection) -> None:
    rewrite_sql(changed, "customer_scores", "    customer_recency.customer_id,", "    customer_id,")
    with pytest.raises(
        LineageError,
        match=r"^customer_scores, line \d+ of the compiled SQL: .*customer_id.* ambiguous",
    ):
        trace_warehouse(changed)


def test_an_output_of_a_python_model_that_is_not_declared_is_missed(changed: Connection) -> None:
    declare(changed, "fit_rfm_kmeans", {"inputs": {"value": None}})
    with pytest.raises(
        LineageError,
        match=r"\nfit_rfm_kmeans: value is declared neither in inputs nor in constants",
    ):
        trace_warehouse(changed)


def test_an_input_that_does_not_exist_is_named(changed: Connection) -> None:
    declare(changed, "fit_rfm_kmeans", {"inputs": {"value": ["recency"]}})
    with pytest.raises(
        LineageError, match=r"\nfit_rfm_kmeans: input recency of value is no column of a model"
    ):
        trace_warehouse(changed)


def test_a_build_that_cannot_trace_fails_and_keeps_the_lineage_of_the_last(
    build: Builder, sample: Warehouse, copied: Path
) -> None:
    path = build.folder / "untraceable"
    path.mkdir()
    with duckdb.connect(str(sample.copy(path))) as connection:
        rewrite_sql(connection, "control_totals", "union all", "union all by name")
    failed = build("untraceable", select="traced_lineage+", lineage=True, fails=True)
    assert "control_totals, line" in failed.problems
    assert "`union by name` matches columns by name; list them in one order" in failed.problems
    query = "from marts.attribute_lineage order by all"
    assert failed.query(query) == sample.query(query) != []
    assert failed.one("select is_mixed from marts.build_status")


def stub(
    sample: Warehouse,
    connection: Connection,
    model: str,
    inputs: set[str],
    settings: dict[str, Any],
) -> Any:
    """What dbt hands to a Python model, its tables cut down to some columns."""
    node = sample.manifest["nodes"][f"model.customer_segments.{model}"]
    config = node["config"] | settings

    def get(name: str, default: Any = None) -> Any:
        return config.get(name, default)

    def read(table: str) -> duckdb.DuckDBPyRelation:
        # A name without a table is of the only one that this build made.
        owners = (table,) if table == "earlier_models" else ("", table)
        names = (name.rpartition(".") for name in sorted(inputs))
        columns = [name for owner, _, name in names if owner in owners]
        return connection.sql(f"select {', '.join(columns)} from {relation(sample, table)}")

    class Config(SimpleNamespace):
        def __call__(self, **_: Any) -> None:
            """Settings of the model itself."""

    return SimpleNamespace(config=Config(get=get), ref=read)


def relation(sample: Warehouse, model: str) -> str:
    node = sample.manifest["nodes"][f"model.customer_segments.{model}"]
    return f"{node['schema']}.{node['alias']}"


def declared_inputs(sample: Warehouse, model: str) -> set[str]:
    node = sample.manifest["nodes"][f"model.customer_segments.{model}"]
    lists = node["config"]["meta"]["lineage"]["inputs"].values()
    return {name for names in lists for name in ([names] if isinstance(names, str) else names)}


def run(sample: Warehouse, model: str, inputs: set[str], **settings: Any) -> pa.Table:
    (path,) = (ROOT / "models").rglob(f"{model}.py")
    spec = importlib.util.spec_from_file_location(model, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with duckdb.connect(str(sample.path), read_only=True) as connection:
        return module.model(stub(sample, connection, model, inputs, settings), connection)


FITS = (
    "fit_rfm_kmeans",
    "fit_rfe_kmeans",
    "fit_insiders",
    "fit_superstore_bisecting",
    "fit_card_autoencoder",
    "fit_bank_sequences",
)
MODELS = (*FITS, "tested_hypotheses")


def test_every_python_model_with_inputs_is_looked_at(sample: Warehouse) -> None:
    python = {
        node["name"]
        for node in sample.manifest["nodes"].values()
        if node.get("language") == "python" and node["config"]["meta"].get("lineage")
    }
    assert python == set(MODELS)


@pytest.mark.parametrize("model", MODELS)
def test_a_python_model_needs_what_it_declares_and_no_more(sample: Warehouse, model: str) -> None:
    inputs = declared_inputs(sample, model)
    learned = duckdb.from_arrow(run(sample, model, inputs)).order("all").fetchall()
    assert learned == sample.query(f"from {relation(sample, model)} order by all") != []
    for name in sorted(inputs):
        with pytest.raises(Exception, match=name.rpartition(".")[2]):
            # What the published method alone needs is declared, too.
            run(sample, model, inputs - {name}, candidate_search="chosen")
