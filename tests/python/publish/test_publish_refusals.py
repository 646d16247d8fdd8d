"""Whatever goes wrong, the old tables stay, nothing is left behind, and the message says why."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest
from builds import Warehouse
from postgresql import LOCKED_ROLE, MakeWarehouse, Target

from customer_segments.publish import PublishError, __main__
from customer_segments.publish.publisher import publish
from customer_segments.warehouse import PROJECT_DIR

BUILDS = "select distinct build from marts.customers"


def refusal(warehouse: duckdb.DuckDBPyConnection, **arguments: object) -> str:
    with pytest.raises(PublishError) as refused:
        publish(warehouse, "marts", **arguments)
    return str(refused.value)


# --- The warehouse --------------------------------------------------------------------------------


def test_a_mixed_warehouse_is_refused(small: MakeWarehouse, target: Target) -> None:
    assert "The tables are not from one run" in refusal(small(is_mixed=True))
    assert target.relations() == set()


def test_a_warehouse_that_was_never_built_is_refused(target: Target) -> None:
    assert "Run `make build`" in refusal(duckdb.connect())


def test_a_public_table_that_is_missing_is_named(small: MakeWarehouse, target: Target) -> None:
    warehouse = small()
    warehouse.execute("drop table marts.segments")
    assert "The warehouse has no segments. Run `make build`" in refusal(warehouse)


def test_a_table_that_is_no_model_is_not_published(small: MakeWarehouse, target: Target) -> None:
    publish(small(more={"bonus": "select 1 as points"}, without="bonus"), "marts")
    assert "bonus" not in target.relations()


# --- The server -----------------------------------------------------------------------------------


def test_a_server_that_is_not_there(
    small: MakeWarehouse, target: Target, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PGHOST", str(tmp_path))
    message = refusal(small())
    assert message.startswith("PostgreSQL cannot be reached: ")
    assert str(tmp_path) in message
    assert "Set PGHOST, PGPORT" in message


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("PGUSER", LOCKED_ROLE, "password"),
        ("PGUSER", "nobody_of_that_name", 'role "nobody_of_that_name" does not exist'),
        ("PGDATABASE", "nowhere", 'database "nowhere" does not exist'),
    ],
)
def test_a_login_that_is_refused(
    small: MakeWarehouse,
    target: Target,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    reason: str,
) -> None:
    if value == LOCKED_ROLE:
        target.execute(f"create role {LOCKED_ROLE} login password 'right'")
        monkeypatch.setenv("PGPASSWORD", "wrong")
    monkeypatch.setenv(name, value)
    message = refusal(small())
    assert message.startswith("PostgreSQL refuses the login: ")
    assert reason in message


def test_a_server_that_only_reads(
    small: MakeWarehouse, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c default_transaction_read_only=on")
    assert "is read-only" in refusal(small())
    assert target.relations() == set()


def test_a_role_without_rights(
    small: MakeWarehouse, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = "clerk"
    target.execute(f"create role {role} login")
    monkeypatch.setenv("PGUSER", role)
    assert f"permission denied for database {target.database}." in refusal(small())
    target.execute("create schema marts")
    assert "permission denied for schema marts. Who publishes must own" in refusal(small())
    target.execute(f"alter schema marts owner to {role}")
    publish(small("first"), "marts")
    target.execute("alter table marts.customers owner to postgres")
    assert "customers: belongs to the role postgres." in refusal(small("second"))
    assert target.query(BUILDS) == [("first",)]


@pytest.mark.parametrize(
    "statement",
    [
        "create table marts.customers (source_system text)",
        "create view marts.customers as select 1 as one",
        "create table marts.publications (title text)",
    ],
)
def test_what_was_not_published_is_not_overwritten(
    small: MakeWarehouse, target: Target, statement: str
) -> None:
    target.execute(f"create schema marts; {statement}")
    message = refusal(small())
    assert "publish" in message
    assert "set PUBLISH_SCHEMA" in " ".join(message.split())
    assert len(target.relations()) == 1


# --- In mid-copy ----------------------------------------------------------------------------------


def test_a_connection_that_is_lost(small: MakeWarehouse, target: Target) -> None:
    publish(small("first"), "marts")
    before = target.relations()

    def kill(line: str) -> None:
        target.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where application_name = 'customer_segments publish'"
        )

    message = refusal(small("second"), log=kill)
    assert "Nothing was published: the tables in schema marts are as they were." in message
    assert target.relations() == before
    assert target.query(BUILDS) == [("first",)]
    publish(small("third"), "marts")
    assert target.relations() == before
    assert target.query(BUILDS) == [("third",)]


def test_a_disk_that_is_full(small: MakeWarehouse, target: Target) -> None:
    publish(small("first"), "marts")
    before = target.relations()
    # The server says so when there is a file to write; here, when the last table has its key.
    target.execute(
        """
        create function full_disk() returns event_trigger language plpgsql as $$
        begin
            if exists (select from pg_event_trigger_ddl_commands()
                where object_identity like '%segments%') then
                raise exception 'could not extend file "base/1/2": No space left on device'
                    using errcode = 'disk_full';
            end if;
        end $$;
        create event trigger full_disk on ddl_command_end when tag in ('ALTER TABLE')
            execute function full_disk()
        """
    )
    message = refusal(small("second"))
    assert "No space left on device. The new tables need room beside the old ones." in message
    assert target.relations() == before
    assert target.query(BUILDS) == [("first",)]


def test_a_disk_that_is_full_while_a_table_is_refilled(
    small: MakeWarehouse, target: Target
) -> None:
    publish(small("first"), "marts")
    target.execute(
        """
        create function full_disk() returns trigger language plpgsql as $$
        begin
            if new.customer_id = 'C900' then
                raise exception 'No space left on device' using errcode = 'disk_full';
            end if;
            return new;
        end $$;
        create trigger full_disk before insert on marts.customers
            for each row execute function full_disk()
        """
    )
    assert "No space left on device" in refusal(small("second"))
    assert target.query("select build, count(*) from marts.customers group by 1") == [
        ("first", 1000)
    ]


def test_rows_that_break_a_key(small: MakeWarehouse, target: Target) -> None:
    publish(small("first"), "marts")
    twice = "from (values ('shop', 1, 'x'), ('shop', 1, 'y')) twice (source_system, segment_id, b)"
    message = refusal(small("second", more={"segments": twice}))
    assert "Key (source_system, segment_id)=(shop, 1) is duplicated" in message
    assert target.query(BUILDS) == [("first",)]


def test_a_warehouse_that_breaks(small: MakeWarehouse, target: Target) -> None:
    publish(small("first"), "marts")
    broken = small("second")
    broken.execute(
        "drop table marts.segments; create view marts.segments as"
        " select 'shop' as source_system, cast(error('torn page') as bigint) as segment_id"
    )
    assert "The warehouse cannot be read: " in refusal(broken)
    assert target.query(BUILDS) == [("first",)]


def test_an_interruption(
    small: MakeWarehouse,
    target: Target,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    publish(small("first"), "marts")
    before = target.relations()

    def interrupt(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish(small("second"), "marts", log=interrupt)
    assert target.relations() == before
    assert target.query(BUILDS) == [("first",)]


def test_two_at_the_same_time(small: MakeWarehouse, target: Target) -> None:
    messages: list[str] = []

    def again(line: str) -> None:
        if "build_status" in line:
            thread = threading.Thread(target=lambda: messages.append(refusal(small("second"))))
            thread.start()
            thread.join()

    publish(small("first"), "marts", log=again)
    assert messages == ["Somebody else is publishing to schema marts. Wait for it to end."]
    assert target.query(BUILDS) == [("first",)]


# --- The command ----------------------------------------------------------------------------------


def command(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "customer_segments.publish"],
        env={**os.environ, "PYTHONPATH": str(PROJECT_DIR / "src"), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_publishes(sample: Warehouse, target: Target) -> None:
    done = command(WAREHOUSE_PATH=str(sample.path), PUBLISH_SCHEMA="dash")
    assert done.returncode == 0, done.stderr
    tables = len(sample.tables) + 2
    assert f"\n{tables} tables, " in done.stdout
    for name in sample.tables:
        assert f"\n  {name} " in done.stdout
    (query,) = [line for line in done.stdout.splitlines() if "select " in line]
    ((build,),) = sample.query("select build_id from marts.build_status")
    assert target.query(query)[0][1] == build


def test_the_command_refuses(target: Target, tmp_path: Path) -> None:
    refused = command(WAREHOUSE_PATH=str(tmp_path / "none.duckdb"))
    assert refused.returncode == 2
    assert "none.duckdb does not exist. Run `make build` first" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_without_psycopg(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for name in [name for name in sys.modules if name.startswith("customer_segments.publish.")]:
        if not name.endswith(("errors", "__main__")):
            monkeypatch.delitem(sys.modules, name)
    assert __main__.main() == 2
    assert "pip install 'psycopg[binary]'" in capsys.readouterr().err
