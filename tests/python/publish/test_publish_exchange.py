"""The new tables take the place of the old ones: at once, and with all that people hung on them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest
from postgresql import MakeWarehouse, Target

from customer_segments.publish import PublishError, publisher
from customer_segments.publish.publisher import publish

BUILDS = "select distinct build from marts.customers"
TABLES = {"build_status", "customers", "segments", "publications"}


def test_the_first_publication_makes_the_schema(small: MakeWarehouse, target: Target) -> None:
    lines: list[str] = []
    publish(small(), "marts", log=lines.append)
    keys = {"customers_key", "segments_key", "publications_key"}
    assert target.relations() == TABLES | keys
    assert [line.split()[:2] for line in lines] == [
        ["build_status", "1"],
        ["customers", "1,000"],
        ["segments", "4"],
        ["publications", "1"],
    ]
    assert target.query(
        "select obj_description('marts.customers'::regclass),"
        " col_description('marts.customers'::regclass, 4)"
    ) == [("One row per customer of build first", """It's "net\"""")]


def test_the_next_one_replaces_it(small: MakeWarehouse, target: Target) -> None:
    publish(small("first"), "marts")
    before = target.relations()
    publish(small("second", rows=500), "marts")
    assert target.relations() == before
    assert target.query("select build, count(*) from marts.customers group by 1") == [
        ("second", 500)
    ]
    assert target.query("select obj_description('marts.customers'::regclass)") == [
        ("One row per customer of build second",)
    ]
    history = target.query(
        "select build_id, built_at::text, source_systems, as_of_dates, published_by, row_counts,"
        " published_at > now() - interval '1 minute' from marts.publications order by published_at"
    )
    counts = {"build_status": 1, "customers": 1000, "segments": 4}
    one = ("2026-01-02 03:04:05", "shop", "shop=2026-01-01", "postgres")
    assert history == [
        ("first", *one, counts, True),
        ("second", *one, counts | {"customers": 500}, True),
    ]


def test_another_schema_can_be_named(small: MakeWarehouse, target: Target) -> None:
    publish(small("first"), "marts")
    publish(small("second"), "Dash 'board\"s")
    assert target.query(BUILDS) == [("first",)]
    assert target.query("""select distinct build from "Dash 'board""s".customers""") == [
        ("second",)
    ]


def test_columns_may_change(small: MakeWarehouse, target: Target) -> None:
    publish(small(), "marts")
    changed = "select 'shop' as source_system, 1 as segment_id, true as is_new"
    publish(small(more={"segments": changed}), "marts")
    assert target.query("select * from marts.segments") == [("shop", 1, True)]


def test_a_table_that_is_no_longer_public_goes(small: MakeWarehouse, target: Target) -> None:
    publish(small(more={"bonus": "select 1 as points"}), "marts")
    target.execute("create table marts.notes (words text)")
    lines: list[str] = []
    publish(small(), "marts", log=lines.append)
    assert "bonus" not in target.relations()
    assert "notes" in target.relations()
    assert any("bonus" in line and "no longer a public table" in line for line in lines)


# --- Owner and grants -----------------------------------------------------------------------------

RIGHTS = """
select relname, pg_get_userbyid(relowner),
    array(
        select item::text from unnest(coalesce(relacl, acldefault('r', relowner))) as items (item)
        order by 1
    ),
    array(
        select attname || attacl::text from pg_attribute
        where attrelid = pg_class.oid and attacl is not null order by 1
    )
from pg_class where relnamespace = 'marts'::regnamespace and relkind = 'r' order by 1
"""


def test_owner_and_grants_are_kept(small: MakeWarehouse, target: Target) -> None:
    target.execute('create role "Sales Desk"; create role keeper; create role stranger')
    publish(small("first"), "marts")
    target.execute(
        """
        grant usage, create on schema marts to keeper;
        alter table marts.customers owner to keeper;
        grant select on marts.customers to public;
        grant select, insert on marts.customers to "Sales Desk" with grant option;
        grant select (build), update (build) on marts.segments to "Sales Desk";
        alter default privileges in schema marts grant all on tables to stranger;
        """
    )
    before = target.query(RIGHTS)
    assert "Sales Desk" in str(before)
    publish(small("second"), "marts")
    assert target.query(BUILDS) == [("second",)]
    assert target.query(RIGHTS) == before
    # A table that is new has what the schema gives by default.
    publish(small("third", more={"bonus": "select 1 as points"}), "marts")
    assert "stranger=" in str([row for row in target.query(RIGHTS) if row[0] == "bonus"])
    assert [row for row in target.query(RIGHTS) if row[0] != "bonus"] == before


# --- What hangs on a table ------------------------------------------------------------------------


def test_what_hangs_on_a_table_goes_on_working(small: MakeWarehouse, target: Target) -> None:
    publish(small("first"), "marts")
    target.execute(
        """
        create role reader login;
        grant usage on schema marts to reader;
        grant select on marts.customers to reader;
        create schema dash;
        create view dash.builds as select distinct build from marts.customers;
        create view dash.of_a_view as select * from dash.builds;
        create materialized view dash.stored as select distinct build from marts.customers;
        create function dash.first_segment() returns setof marts.segments
            language sql as 'select * from marts.segments limit 1';
        create index by_amount on marts.customers (net_amount);
        alter table marts.customers enable row level security;
        create policy half on marts.customers to reader using (customer_id < 'C5');
        """
    )
    oids = "select 'marts.customers'::regclass::oid, 'marts.segments'::regclass::oid"
    before = target.query(oids)
    lines: list[str] = []
    publish(small("second", rows=600), "marts", log=lines.append)
    assert target.query(oids) == before
    assert target.query("select * from dash.of_a_view") == [("second",)]
    assert target.query("select build from dash.first_segment()") == [("second",)]
    assert target.query("select * from dash.stored") == [("first",)]
    target.execute("refresh materialized view dash.stored")
    assert target.query("select * from dash.stored") == [("second",)]
    assert target.query("select obj_description('marts.customers'::regclass)") == [
        ("One row per customer of build second",)
    ]
    with target.connect("reader") as reader:
        ids = reader.execute("select max(customer_id), count(*) from marts.customers").fetchone()
    assert ids == ("C499", 445)
    (line,) = [line for line in lines if "dash.builds" in line]
    for thing in ("materialized view dash.stored", "by_amount", "policy half", "row level"):
        assert thing in line


def test_columns_cannot_change_where_a_view_needs_them(
    small: MakeWarehouse, target: Target
) -> None:
    publish(small("first"), "marts")
    target.execute("create view builds as select build from marts.segments")
    changed = "select 'shop' as source_system, 1 as segment_id, 'second' as build, true as is_new"
    with pytest.raises(PublishError) as refused:
        publish(small("second", more={"segments": changed}), "marts")
    assert (
        "segments: its columns change (new: is_new; changed: source_system, segment_id), but view"
        " public.builds depends on the table as it is." in str(refused.value)
    )
    assert target.query(BUILDS) == [("first",)]
    target.execute("drop view builds")
    publish(small("second", more={"segments": changed}), "marts")
    assert target.query("select build, is_new from marts.segments") == [("second", True)]


def test_a_table_that_goes_must_not_be_needed(small: MakeWarehouse, target: Target) -> None:
    publish(small(more={"bonus": "select 1 as points"}), "marts")
    target.execute("create view points as select * from marts.bonus")
    with pytest.raises(
        PublishError, match=r"bonus: is no longer a public table, but view public\.p"
    ):
        publish(small("second"), "marts")
    assert target.query(BUILDS) == [("first",)]


def test_a_foreign_key_to_a_table_is_refused(small: MakeWarehouse, target: Target) -> None:
    publish(small("first"), "marts")
    target.execute(
        "create table calls (source_system text, customer_id text,"
        " constraint whom foreign key (source_system, customer_id) references marts.customers)"
    )
    with pytest.raises(PublishError, match=r"customers: the foreign key whom of public\.calls"):
        publish(small("second"), "marts")
    assert target.query(BUILDS) == [("first",)]


def test_what_is_hung_on_a_table_during_the_copy_is_not_lost(
    small: MakeWarehouse, target: Target
) -> None:
    publish(small("first"), "marts")

    def index(line: str) -> None:
        if "segments" in line:
            target.execute("create index by_build on marts.customers (build)")

    with pytest.raises(PublishError, match="somebody changed customers in schema marts"):
        publish(small("second"), "marts", log=index)
    assert target.query(BUILDS) == [("first",)]
    publish(small("second"), "marts")
    assert target.query(BUILDS) == [("second",)]
    assert "by_build" in target.relations()


# --- Readers --------------------------------------------------------------------------------------


class Reader(threading.Thread):
    """Reads in a loop; notes every transaction that saw builds of two kinds, or no rows."""

    def __init__(self, target: Target, level: str, pause: float = 0.0) -> None:
        super().__init__()
        self.connection = target.connect()
        self.level = level
        self.pause = pause
        self.stopped = threading.Event()
        self.seen: list[str] = []
        self.mixes: list[object] = []

    def run(self) -> None:
        while not self.stopped.is_set():
            try:
                with self.connection.transaction():
                    self.connection.execute(f"set transaction isolation level {self.level}")
                    found = []
                    for table in ("customers", "segments", "by_view", "build_status"):
                        name = "build_id" if table == "build_status" else "build"
                        found += self.connection.execute(
                            f"select distinct {name} from marts.{table}"
                        ).fetchall() or ["nothing"]
                        time.sleep(self.pause)
            except psycopg.Error as error:
                self.mixes.append(error)
                return
            if len(set(found)) != 1 or len(found) != 4:
                self.mixes.append(found)
            else:
                self.seen.append(found[0][0])
        self.connection.close()


def test_no_reader_sees_two_publications(small: MakeWarehouse, target: Target) -> None:
    publish(small("0"), "marts")
    # One of the tables is replaced, the other refilled.
    target.execute("create view marts.by_view as select build from marts.segments")
    levels = ["read committed", "repeatable read", "serializable"]
    readers = [Reader(target, level, pause) for level in levels for pause in (0.0, 0.005)]
    for reader in readers:
        reader.start()
    for number in range(1, 8):
        publish(small(str(number), rows=3_000), "marts")
    for reader in readers:
        reader.stopped.set()
    for reader in readers:
        reader.join()
    assert [reader.mixes for reader in readers] == [[]] * len(readers)
    for reader in readers:
        assert reader.seen == sorted(reader.seen)
        assert len(set(reader.seen)) > 2


def test_a_reader_who_waited_with_an_old_snapshot_sees_the_new_rows(
    small: MakeWarehouse, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(small("first"), "marts")
    target.execute("create view by_view as select build from marts.segments")
    counts: list[tuple] = []

    def read() -> None:
        with target.connect() as reader, reader.transaction():
            reader.execute("set transaction isolation level repeatable read")
            for table in ("marts.customers", "by_view"):
                counts.extend(
                    reader.execute(f"select build, count(*) from {table} group by 1").fetchall()
                )

    thread = threading.Thread(target=read)
    exchange = publisher._exchange

    def exchange_while_somebody_waits(*arguments: object) -> None:
        thread.start()
        waiting = "select count(*) from pg_locks where not granted and database is not null"
        until(lambda: target.query(waiting)[0][0] == 1)
        exchange(*arguments)

    monkeypatch.setattr(publisher, "_exchange", exchange_while_somebody_waits)
    publish(small("second"), "marts")
    thread.join()
    assert counts == [("second", 1000), ("second", 4)]


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that takes no more than a few milliseconds."""
    give_up = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_old_tables_that_are_held_are_waited_for(small: MakeWarehouse, target: Target) -> None:
    publish(small("first"), "marts")
    with target.connect() as reader:
        reader.execute("set application_name = 'a dashboard'")
        reader.execute("begin")
        reader.execute(BUILDS)
        pid = reader.info.backend_pid
        with pytest.raises(PublishError) as refused:
            publish(small("second"), "marts", patience=0.1)
        assert f"pid {pid} (postgres, a dashboard)" in str(refused.value)
        # Nobody queues behind: the lock is given up between tries.
        assert target.query(BUILDS) == [("first",)]
        thread = threading.Timer(1.0, reader.rollback)
        thread.start()
        publish(small("second"), "marts")
        thread.join()
    assert target.query(BUILDS) == [("second",)]
