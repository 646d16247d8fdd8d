"""A small project of a source, a seed and a few models: paths, declarations, problems."""

from __future__ import annotations

from typing import Any

import pytest

from customer_segments.lineage import Lineage, UntraceableSqlError, trace_project

COLUMNS = {
    "staging.stg_shop__orders": ["order_id", "customer_id", "amount"],
    "intermediate.int_customers": ["customer_id", "amount", "order_count", "country"],
    "rules.countries": ["code", "country"],
    "segmentation.fit": ["customer_id", "segment_id", "algorithm"],
    "operations.runs": ["started_at"],
    "marts.customers": ["customer_id", "amount", "order_count", "country", "segment_id", "note"],
    "marts.status": ["started_at"],
}

STAGING = """
    with raw_rows as (
        select "Order", "Customer", "Total" from read_csv(
            ['orders.csv'], columns = {'Order': 'TEXT', 'Customer': 'TEXT', 'Total': 'TEXT'}
        )
    )
    select "Order" as order_id, trim("Customer") as customer_id, cast("Total" as integer) as amount
    from raw_rows
"""
CUSTOMERS = """
    select
        orders.customer_id,
        sum(orders.amount) as amount,
        count(*) as order_count,
        max(countries.country) as country
    from "db"."staging"."stg_shop__orders" as orders
    left join "db"."rules"."countries" as countries
        on left(orders.order_id, 2) = countries.code
    where orders.amount > 0
    group by orders.customer_id
"""
PUBLIC = """
    select customers.*, fit.segment_id, cast(null as varchar) as note
    from "db"."intermediate"."int_customers" as customers
    left join "db"."segmentation"."fit" as fit on customers.customer_id = fit.customer_id
"""
FIT = {
    "inputs": {
        "customer_id": "int_customers.customer_id",
        "segment_id": ["int_customers.amount", "int_customers.order_count"],
    },
    "constants": {"algorithm": "One algorithm."},
}
CLOCK = {"operations.runs": {"clock": "When a run started."}}


def node(name: str, schema: str, *upstream: str, **more: Any) -> dict[str, Any]:
    return {
        "unique_id": f"model.customer_segments.{name}",
        "resource_type": "model",
        "name": name,
        "alias": name,
        "schema": schema,
        "package_name": "customer_segments",
        "language": "sql",
        "access": "public" if schema == "marts" else "protected",
        "config": {},
        "columns": {},
        "depends_on": {"nodes": list(upstream)},
    } | more


def source(source_name: str, name: str, columns: list[str]) -> dict[str, Any]:
    return {
        "unique_id": f"source.customer_segments.{source_name}.{name}",
        "resource_type": "source",
        "source_name": source_name,
        "name": name,
        "identifier": name,
        "schema": source_name,
        "config": {},
        "columns": dict.fromkeys(columns),
    }


def model(name: str) -> str:
    return f"model.customer_segments.{name}"


def declared(nodes: list[dict[str, Any]], declarations: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes, with declarations by model or `source.table`."""
    names = [".".join(node["unique_id"].split(".")[2:]) for node in nodes]
    return [
        node
        | ({"config": {"meta": {"lineage": declarations[name]}}} if name in declarations else {})
        for name, node in zip(names, nodes, strict=True)
    ]


def traced(
    declarations: dict[str, Any] | None = None,
    sql: dict[str, str] | None = None,
    columns: dict[str, list[str]] | None = None,
    fit: Any = FIT,
) -> Lineage:
    """Trace the small project; `fit` is the declaration in the YAML of its Python model."""
    seed = node("countries", "rules", resource_type="seed")
    nodes = [
        seed | {"unique_id": "seed.customer_segments.countries"},
        node("stg_shop__orders", "staging", "source.customer_segments.shop.orders"),
        node(
            "int_customers",
            "intermediate",
            model("stg_shop__orders"),
            "seed.customer_segments.countries",
        ),
        node(
            "fit",
            "segmentation",
            model("int_customers"),
            language="python",
            config={"meta": {"lineage": fit}},
        ),
        node("customers", "marts", model("int_customers"), model("fit")),
        node("status", "marts", "source.customer_segments.operations.runs"),
    ]
    sources = [
        source("shop", "orders", ["Order", "Customer", "Total"]),
        source("operations", "runs", ["started_at"]),
    ]
    compiled = {
        model("stg_shop__orders"): STAGING,
        model("int_customers"): CUSTOMERS,
        model("customers"): PUBLIC,
        model("status"): 'select started_at from "db"."operations"."runs"',
    }
    return trace_project(
        declared([*nodes, *sources], CLOCK | (declarations or {})),
        compiled | {model(name): text for name, text in (sql or {}).items()},
        COLUMNS | (columns or {}),
    )


def found(lineage: Lineage, column: str) -> dict[tuple[str, str], str]:
    """The paths of a column, by source column and kind."""
    return {
        (f"{row.source_table}.{row.source_column}", row.kind): row.path
        for row in lineage.rows
        if f"{row.model}.{row.column_name}" == column
    }


def test_a_path_goes_from_the_public_column_to_the_raw_one() -> None:
    lineage = traced()
    assert lineage.problems == ()
    assert found(lineage, "customers.amount")["orders.Total", "value"] == (
        "customers.amount > int_customers.amount > stg_shop__orders.amount > shop.orders.Total"
    )
    (row,) = [
        row
        for row in lineage.rows
        if row[:6] == ("customers", "amount", "shop", "orders", "Total", "value")
    ]
    assert (row.depth, row.endpoint) == (3, "raw")
    assert row.transformation == "int_customers: sum(orders.amount)"


def test_the_kind_of_a_path_is_that_of_its_first_step_that_is_no_value() -> None:
    lineage = traced()
    assert found(lineage, "customers.amount").keys() == {
        ("orders.Total", "value"),
        ("orders.Total", "filter"),
        ("orders.Customer", "grouping"),
    }
    assert found(lineage, "customers.order_count").keys() == {
        ("orders.count(*)", "value"),
        ("orders.Total", "filter"),
        ("orders.Customer", "grouping"),
    }
    assert found(lineage, "customers.country").keys() == {
        ("countries.country", "value"),
        ("countries.code", "join"),
        ("orders.Order", "join"),
        ("orders.Total", "filter"),
        ("orders.Customer", "grouping"),
    }
    # The join with the fit is on the customer, of whom all else is learned.
    assert found(lineage, "customers.segment_id").keys() == {
        ("orders.Customer", "join"),
        ("orders.Customer", "grouping"),
        ("orders.Total", "filter"),
        ("orders.Total", "model-fitted"),
        ("orders.count(*)", "model-fitted"),
        ("orders.Customer", "model-fitted"),
    }


def test_endpoints_are_told_apart() -> None:
    lineage = traced()
    endpoints = {(row.source_table, row.source_column): row.endpoint for row in lineage.rows}
    assert endpoints == {
        ("orders", "Total"): "raw",
        ("orders", "Customer"): "raw",
        ("orders", "Order"): "raw",
        ("orders", "count(*)"): "rows",
        ("countries", "country"): "seed",
        ("countries", "code"): "seed",
        ("operations.runs", "started_at"): "clock",
    }


def test_paths_end_in_what_earlier_builds_left() -> None:
    """Of a Python model that reads it, beside the one whose columns need no name, and of SQL."""
    fit = {
        "per_source_system": True,
        "inputs": {
            "*": "before.centroid",
            "customer_id": "customer_id",
            "segment_id": ["amount", "before.centroid"],
        },
        "constants": {"algorithm": "One algorithm."},
    }
    lineage = trace_project(
        declared(
            [
                node("stg_shop__orders", "staging", "source.customer_segments.shop.orders"),
                source("shop", "orders", ["Order", "Customer", "Total"]),
                node("int_customers", "intermediate", model("stg_shop__orders")),
                node("before", "segmentation", model("customers")),
                node(
                    "fit",
                    "segmentation",
                    model("int_customers"),
                    model("before"),
                    language="python",
                ),
                node("customers", "marts", model("fit"), model("before")),
            ],
            {"fit": fit, "before": {"earlier": "What earlier builds left."}},
        ),
        {
            model("stg_shop__orders"): STAGING,
            model("int_customers"): "select customer_id, amount, 'a' as source_system"
            ' from "db"."staging"."stg_shop__orders"',
            model("customers"): """
                select fit.customer_id, fit.segment_id, before.name
                from "db"."segmentation"."fit" as fit
                left join "db"."segmentation"."before" as before on fit.segment_id = before.id
            """,
        },
        {
            "staging.stg_shop__orders": COLUMNS["staging.stg_shop__orders"],
            "intermediate.int_customers": ["customer_id", "amount", "source_system"],
            "segmentation.before": ["id", "name", "centroid"],
            "segmentation.fit": ["customer_id", "segment_id", "algorithm"],
            "marts.customers": ["customer_id", "segment_id", "name"],
        },
    )
    assert lineage.problems == ()
    assert found(lineage, "customers.name") == {
        ("before.name", "value"): "customers.name > before.name",
        ("before.id", "join"): "customers.name > before.id",
        ("before.centroid", "join"): "customers.name > fit.segment_id > before.centroid",
        ("before.centroid", "model-fitted"): "customers.name > fit.* > before.centroid",
        ("orders.Total", "join"): (
            "customers.name > fit.segment_id > int_customers.amount > stg_shop__orders.amount"
            " > shop.orders.Total"
        ),
    }
    assert {row.endpoint for row in lineage.rows if row.source_table == "before"} == {"earlier"}
    assert {row.source_system for row in lineage.rows} == {"shop", None}


def test_direct_edges_are_those_of_each_model() -> None:
    edges = {edge[1:] for edge in traced().edges if edge.model == "int_customers"}
    staged, countries = "staging.stg_shop__orders", "rules.countries"
    assert edges == {
        ("customer_id", staged, "customer_id", "value"),
        ("amount", staged, "amount", "value"),
        ("order_count", staged, "count(*)", "value"),
        ("country", countries, "country", "value"),
        ("country", countries, "*", "rows"),
        ("country", staged, "order_id", "join"),
        ("country", countries, "code", "join"),
        ("*", staged, "*", "rows"),
        ("*", staged, "amount", "filter"),
        ("*", staged, "customer_id", "grouping"),
    }


def test_a_column_that_is_always_null_has_what_decides_its_rows() -> None:
    assert found(traced(), "customers.note").keys() == {
        ("orders.Total", "filter"),
        ("orders.Customer", "grouping"),
    }


def test_a_column_from_nowhere_has_to_be_declared() -> None:
    sql = {"status": "select 'ok' as started_at"}
    problem = "status.started_at comes from nowhere and is not declared constant"
    assert traced(sql=sql).problems == (problem,)
    declared = traced({"status": {"constants": {"started_at": "Always so."}}}, sql)
    assert declared.problems == ()
    (row,) = [row for row in declared.rows if row.model == "status"]
    assert row == (
        *("status", "started_at", None, None, None, "constant", 0),
        *("status.started_at", "Always so.", "constant"),
    )


def test_a_computed_column_is_not_to_be_declared_constant() -> None:
    lineage = traced({"customers": {"constants": {"amount": "Always so."}}})
    assert lineage.problems == (
        "customers.amount is declared constant, but there is customers.amount"
        " > int_customers.amount > stg_shop__orders.amount > shop.orders.Total",
    )


def test_the_sql_of_a_model_of_constants_is_not_read() -> None:
    lineage = traced(
        {"status": {"constants": "Describes the project."}}, {"status": "no SQL at all"}
    )
    assert lineage.problems == ()
    assert [row.transformation for row in lineage.rows if row.model == "status"] == [
        "Describes the project."
    ]


def test_a_sql_model_can_declare_what_its_sql_was_written_from() -> None:
    sql = {"customers": PUBLIC.replace("cast(null as varchar)", "'written'")}
    declared = {"customers": {"inputs": {"note": "fit.segment_id"}}}
    note = found(traced(declared, sql), "customers.note")
    assert note["orders.Total", "model-fitted"] == (
        "customers.note > fit.segment_id > int_customers.amount > stg_shop__orders.amount"
        " > shop.orders.Total"
    )
    declared = {"customers": {"inputs": {"*": "fit.segment_id"}}}
    for column in ("customer_id", "note"):
        rows = found(traced(declared), f"customers.{column}")
        assert ("orders.Total", "model-fitted") in rows


WRONG = {
    "a column without a declaration": (
        {"inputs": FIT["inputs"]},
        "fit: algorithm is declared neither in inputs nor in constants",
    ),
    "an input that does not exist": (
        FIT | {"inputs": FIT["inputs"] | {"segment_id": "int_customers.nope"}},
        "fit: input int_customers.nope of segment_id is no column of a model that it reads",
    ),
    "an input of a model that is not read": (
        FIT | {"inputs": FIT["inputs"] | {"segment_id": "customers.amount"}},
        "fit: input customers.amount of segment_id is no column of a model that it reads",
    ),
    "an input with a schema": (
        FIT | {"inputs": FIT["inputs"] | {"segment_id": "intermediate.int_customers.amount"}},
        "fit: inputs of segment_id are `model.column` or a list of such",
    ),
    "an input that the only model does not have": (
        FIT | {"inputs": FIT["inputs"] | {"segment_id": "nope"}},
        "fit: input nope of segment_id is no column of a model that it reads",
    ),
    "no input": (
        FIT | {"inputs": FIT["inputs"] | {"segment_id": []}},
        "fit: inputs of segment_id are `model.column` or a list of such",
    ),
    "a column that does not exist": (
        FIT | {"constants": FIT["constants"] | {"nope": "Always so."}},
        "fit: there is no column nope",
    ),
    "a constant without a reason": (
        FIT | {"constants": {"algorithm": ""}},
        "fit: constant algorithm needs a reason",
    ),
    "a column that is both": (
        FIT | {"constants": FIT["constants"] | {"segment_id": "Always so."}},
        "fit: segment_id stands in inputs and in constants",
    ),
    "an unknown key": (
        FIT | {"input": {}},
        "fit: `input` is not one of inputs, per_source_system, constants, clock, earlier",
    ),
    "what earlier builds left, without a reason": (
        {"earlier": True},
        "fit: `earlier` needs a reason",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_declaration_is_a_problem(name: str) -> None:
    declaration, problem = WRONG[name]
    assert traced(fit=declaration).problems == (problem,)


def test_an_input_without_a_model_is_of_the_only_one_that_is_read() -> None:
    bare = {"customer_id": "customer_id", "segment_id": ["amount", "order_count"]}
    assert traced(fit=FIT | {"inputs": bare}) == traced()


def test_what_decides_the_rows_of_a_fit_reaches_all_of_its_columns() -> None:
    narrowed = found(
        traced(fit=FIT | {"inputs": FIT["inputs"] | {"*": "country"}}), "customers.segment_id"
    )
    assert narrowed["countries.country", "model-fitted"] == (
        "customers.segment_id > fit.* > int_customers.country > countries.country"
    )
    assert ("countries.country", "model-fitted") not in found(traced(), "customers.segment_id")


def test_what_does_not_fit_together_is_a_problem() -> None:
    assert traced(
        sql={"status": 'select started_at from "db"."other"."runs"'},
        columns={"other.runs": ["started_at"]},
    ).problems == (
        "status: reads other.runs, which is no model, seed or source",
        "status.started_at comes from nowhere and is not declared constant",
    )
    wider = traced(columns={"marts.status": ["started_at", "finished_at"]})
    assert wider.problems == (
        "status: its SQL has the columns started_at, its table started_at, finished_at",
        "status.finished_at comes from nowhere and is not declared constant",
    )


def test_all_that_cannot_be_followed_is_named() -> None:
    sql = {
        "int_customers": "select nope from staging.stg_shop__orders",
        "status": "select count(*) over w as started_at from operations.runs window w as ()",
    }
    with pytest.raises(UntraceableSqlError, match="unknown column `nope`") as error:
        traced(sql=sql)
    assert str(error.value).startswith("int_customers, line 1 of the compiled SQL")
    (note,) = error.value.__notes__
    assert note.startswith("status, line 1 of the compiled SQL") and "a named window" in note


def test_a_table_that_stays_empty_is_no_problem() -> None:
    lineage = traced(sql={"status": "select started_at from operations.runs where 1 = 0"})
    assert lineage.problems == ()
    assert [row.endpoint for row in lineage.rows if row.model == "status"] == ["constant"]


def test_custom_sources_are_raw_by_the_cte_that_reads_them() -> None:
    sql = """
        with shop_rows as (
            select struct_pack("Who" := "Who", "Sum" := "Sum") as raw, file
            from read_csv(['a.csv'], columns = {'Who': 'TEXT', 'Sum': 'TEXT'}, filename = 'file')
        ),
        shop_staged as (select 'shop' as source_system, raw."Sum" as amount from shop_rows),
        my_web_rows as (select struct_pack("total" := "total") as raw from marts.exports),
        my_web_staged as (select 'my_web' as source_system, raw."total" as amount from my_web_rows)
        select * from shop_staged union all select * from my_web_staged
    """
    staged, orders = (
        node("stg_custom__orders", "staging", model("exports")),
        node("orders", "marts", model("stg_custom__orders")),
    )
    exports = node("exports", "marts", package_name="a_project_of_ones_own")
    constant = {"constants": {"source_system": "Says whose rows these are."}}
    lineage = trace_project(
        [staged, orders | {"config": {"meta": {"lineage": constant}}}, exports],
        {
            staged["unique_id"]: sql,
            orders["unique_id"]: "select * from staging.stg_custom__orders",
        },
        {
            "staging.stg_custom__orders": ["source_system", "amount"],
            "marts.orders": ["source_system", "amount"],
            "marts.exports": ["total"],
        },
    )
    assert lineage.problems == ()
    assert [row.path for row in lineage.rows if row.column_name == "amount"] == [
        "orders.amount > stg_custom__orders.amount > my_web.orders.total",
        "orders.amount > stg_custom__orders.amount > shop.orders.Sum",
    ]


def test_each_source_system_of_a_fit_is_learned_by_itself_where_that_is_declared() -> None:
    features = """
        select 'shop' as source_system, x as feature from s.shop
        union all
        select 'bank' as source_system, z as feature from s.bank
    """
    assigned = """
        select source_system, value from segmentation.fit where source_system = 'bank'
    """
    nodes = [
        node("shop", "s", resource_type="seed"),
        node("bank", "s", resource_type="seed"),
        node("features", "features"),
        node("fit", "segmentation", model("features"), language="python"),
        node("segments", "marts", model("fit")),
    ]
    columns = {
        "s.shop": ["x"],
        "s.bank": ["z"],
        "features.features": ["source_system", "feature"],
        "segmentation.fit": ["source_system", "value"],
        "marts.segments": ["source_system", "value"],
    }
    inputs = {"source_system": "features.source_system", "value": "features.feature"}

    def learned(per_source_system: bool) -> set[str | None]:
        lineage = trace_project(
            declared(
                nodes,
                {
                    "fit": {"inputs": inputs, "per_source_system": per_source_system},
                    "segments": {"constants": {"source_system": "The bank."}},
                },
            ),
            {model("features"): features, model("segments"): assigned},
            columns,
        )
        assert lineage.problems == ()
        return {row.source_column for row in lineage.rows if row.column_name == "value"}

    assert learned(per_source_system=True) == {"z"}
    assert learned(per_source_system=False) == {"x", "z"}
