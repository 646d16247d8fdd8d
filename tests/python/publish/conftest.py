"""A PostgreSQL server of the tests' own, and small warehouses to publish to it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb
import pytest
from machine import postgresql_binaries
from postgresql import HBA, Cluster, MakeWarehouse, Target

DATABASE = "dashboards"


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    programs = postgresql_binaries()
    assert programs  # or the test would have been skipped
    # initdb refuses root. The path of a socket is short, and every user may walk to it.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="pg_", dir="/tmp"))
    if user:
        shutil.chown(folder, user)
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        subprocess.run(
            [programs / program, "-D", data, *arguments],
            cwd=folder,
            user=user,
            check=True,
            stdout=subprocess.DEVNULL,
        )

    try:
        run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        (data / "pg_hba.conf").write_text(HBA, encoding="utf-8")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c wal_level=minimal"
        options += " -c max_wal_senders=0 -c log_min_messages=panic"
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            started = Cluster(folder)
            with started.connect() as connection:
                connection.execute(f"create database {DATABASE}")
            yield started
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


# One database for all tests: thousands of files take a while to remove.
EMPTY = """
do $$
declare
    name text;
begin
    for name in select evtname from pg_event_trigger loop
        execute format('drop event trigger %I', name);
    end loop;
    for name in
        select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
    loop
        execute format('drop schema %I cascade', name);
    end loop;
    create schema public;
end $$
"""


@pytest.fixture
def target(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Target]:
    """An empty database, which the PG* variables name."""
    for name in [name for name in os.environ if name.startswith("PG")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PGHOST", str(cluster.folder))
    monkeypatch.setenv("PGUSER", "postgres")
    monkeypatch.setenv("PGDATABASE", DATABASE)
    with cluster.connect(DATABASE) as connection:
        connection.execute(EMPTY)
        yield Target(cluster, DATABASE, connection)


KEYS = {
    "customers": ["source_system", "customer_id"],
    "segments": ["source_system", "segment_id"],
}


@pytest.fixture
def small() -> MakeWarehouse:
    """Make a warehouse in memory, whose every row says which build it is from.

    `more` adds public tables, or replaces some, as queries; `keys` are theirs.
    """

    def make(
        build: str = "first",
        rows: int = 1_000,
        more: Mapping[str, str] | None = None,
        keys: Mapping[str, list[str]] | None = None,
        is_mixed: bool = False,
        without: str = "",
    ) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect()
        connection.execute("create schema marts; create schema operations")
        connection.execute(
            f"""
            create table marts.customers (
                source_system varchar not null, customer_id varchar not null,
                as_of_date date not null, net_amount decimal(38, 5), build varchar
            );
            insert into marts.customers
            select 'shop', 'C' || i, date '2026-01-01', i / 3, '{build}' from range({rows}) r (i);
            create table marts.segments (
                source_system varchar not null, segment_id bigint not null, build varchar
            );
            insert into marts.segments select 'shop', i, '{build}' from range(4) r (i);
            comment on table marts.customers is 'One row per customer of build {build}';
            comment on column marts.customers.net_amount is 'It''s "net"';
            create view marts.build_status as
            select '{build}' as build_id, timestamp '2026-01-02 03:04:05' as finished_at,
                'complete' as state, {is_mixed} as is_mixed, 'shop' as source_systems;
            create table operations.compiled_models (facts varchar);
            """
        )
        for name, query in (more or {}).items():
            connection.execute(f"create or replace table marts.{name} as {query}")
        found = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        ).fetchall()
        for (name,) in found:
            if name == without:
                continue
            key = (KEYS | dict(keys or {})).get(name, [])
            connection.execute(
                "insert into operations.compiled_models select to_json({"
                f"'access': 'public', 'schema': 'marts', 'alias': '{name}',"
                f" 'config': {{'meta': {{'grain': {key}::varchar[]}}}}}})"
            )
        return connection

    return make
