"""Copying the public tables of a warehouse to PostgreSQL, all of them or none.

Everything happens in one transaction: whatever goes wrong, the tables are as they were, and nothing
is left behind. New tables are filled beside the old ones, which stay readable. Then all old tables
are locked at once and make way. A reader keeps the tables it has touched to the end of its
transaction, so none sees tables of two publications. Rows are frozen when they are copied: a reader
who waited for the lock with a snapshot from before sees the new rows, not an empty table.

A table on which something hangs (a view, an index, a policy) stays, and its rows are exchanged
while it is locked. That works while its columns are the same; otherwise it is refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import duckdb
import psycopg
from psycopg import errors, sql

from customer_segments.publish import history, server
from customer_segments.publish.errors import PublishError
from customer_segments.publish.plan import Plan, make_plan
from customer_segments.publish.server import Grant
from customer_segments.publish.source import Build, public_tables, read_build
from customer_segments.publish.tables import Table

PATIENCE_SECONDS = 60.0

# Below deadlock_timeout (1 s by default): this side gives way before the server ends a reader.
TRY_SECONDS = 0.5

Log = Callable[[str], None]


@dataclass(frozen=True)
class Publication:
    """What was published.

    Attributes:
        row_counts: rows by table.
        seconds: it took.
        locked_seconds: of them, the tables could not be read.
        address: of the database.
    """

    row_counts: dict[str, int]
    seconds: float
    locked_seconds: float
    address: str


def publish(
    warehouse: duckdb.DuckDBPyConnection,
    schema: str,
    *,
    log: Log = lambda line: None,
    patience: float = PATIENCE_SECONDS,
) -> Publication:
    """Copy every public table of a warehouse to the database that the PG* variables name.

    Args:
        warehouse: open for reading.
        schema: of PostgreSQL; made if it does not exist.
        log: gets a line per table.
        patience: seconds to wait for readers of the old tables.

    Raises:
        PublishError: nothing was published; the message says why.
    """
    started = time.monotonic()
    build = read_build(warehouse)
    tables = public_tables(warehouse)
    with server.connected() as connection:
        address = server.address(connection)
        is_committing = False
        try:
            with connection.transaction():
                server.configure(connection)
                plan = _plan(connection, schema, build, tables)
                for table in plan.replacing:
                    _make(connection, schema, table, log)
                _inherit(connection, schema, plan)
                _lock(connection, schema, plan, patience)
                locked_at = time.monotonic()
                _exchange(connection, schema, plan, log)
                is_committing = True
        except (psycopg.Error, duckdb.Error) as error:
            raise PublishError(_failure(error, address, schema, is_committing)) from error
        ended = time.monotonic()
        # Not under the lock. It fails no publication: the server does so itself, sooner or later.
        with suppress(psycopg.Error):
            server.run(connection, (_on("analyze {}", schema, it.name) for it in plan.refilled))
    counts = {table.name: table.row_count for table in tables}
    return Publication(counts, ended - started, ended - locked_at, address)


def _plan(connection: psycopg.Connection, schema: str, build: Build, tables: list[Table]) -> Plan:
    """Keep others from publishing, make the schema, and decide what becomes of each table."""
    name = f"customer_segments.publish {schema}"
    locked = connection.execute(
        "select pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name]
    ).fetchone()
    if locked != (True,):
        raise PublishError(f"Somebody else is publishing to schema {schema}. Wait for it to end.")
    if not connection.execute("select 1 from pg_namespace where nspname = %s", [schema]).fetchone():
        connection.execute(_on("create schema {}", schema))
    standing = server.relations(connection, schema)
    before = history.read_history(connection, schema, standing.get(history.NAME))
    return make_plan(
        [*tables, history.history_table(connection, before, build, tables)],
        standing,
        history.published_tables(before),
    )


def _make(connection: psycopg.Connection, schema: str, table: Table, log: Log) -> None:
    """Make a new table with rows, key and comments."""
    name = _new(table.name)
    identifier = sql.Identifier(schema, name)
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}{}").format(
            sql.Identifier(column.name),
            sql.SQL(column.data_type),
            sql.SQL("" if column.is_nullable else " not null"),
        )
        for column in table.columns
    )
    connection.execute(sql.SQL("create table {} ({})").format(identifier, columns))
    _fill(connection, identifier, table, log)
    if table.key:
        key = sql.SQL(", ").join(map(sql.Identifier, table.key))
        connection.execute(
            sql.SQL("alter table {} add constraint {} {} ({})").format(
                identifier,
                sql.Identifier(f"{name}_key"),
                sql.SQL(_constraint(table, connection.info.server_version)),
                key,
            )
        )
    server.run(connection, _comments(identifier, table))
    connection.execute(sql.SQL("analyze {}").format(identifier))


def _inherit(connection: psycopg.Connection, schema: str, plan: Plan) -> None:
    """Give the new tables the owners and grants of the old ones, and no default privileges."""
    made = server.relations(connection, schema)
    for table in plan.replacing:
        if old := plan.old.get(table.name):
            new = _new(table.name)
            identifier = sql.Identifier(schema, new)
            owner = sql.SQL("alter table {} owner to {}").format(
                identifier, sql.Identifier(old.owner)
            )
            server.run(connection, [owner, *_regrants(identifier, made[new].grants, old.grants)])


def _constraint(table: Table, server_version: int) -> str:
    """The kind of key. Nulls count as equal in the grain of a table; old servers cannot say so."""
    if table.has_primary_key:
        return "primary key"
    return "unique nulls not distinct" if server_version >= 150000 else "unique"


def _fill(
    connection: psycopg.Connection, identifier: sql.Identifier, table: Table, log: Log
) -> None:
    """Copy the rows into a table that was made, or emptied, in this transaction."""
    started = time.monotonic()
    lines = table.lines()
    cursor = connection.cursor()
    with cursor.copy(sql.SQL("copy {} from stdin (format csv, freeze)").format(identifier)) as copy:
        for block in lines:
            copy.write(block)
    if cursor.rowcount != table.row_count:
        raise PublishError(
            f"{table.name}: {cursor.rowcount:,} rows arrived of {table.row_count:,}."
            " Nothing was published."
        )
    log(f"  {table.name:<28} {table.row_count:>12,} rows {time.monotonic() - started:8.1f} s")


def _comments(identifier: sql.Identifier, table: Table) -> Iterator[sql.Composable]:
    yield sql.SQL("comment on table {} is {}").format(identifier, sql.Literal(table.comment))
    for column in table.columns:
        yield sql.SQL("comment on column {}.{} is {}").format(
            identifier, sql.Identifier(column.name), sql.Literal(column.comment)
        )


def _regrants(
    identifier: sql.Identifier, given: tuple[Grant, ...], wanted: tuple[Grant, ...]
) -> Iterator[sql.Composable]:
    for role in sorted({grant.role for grant in given}):
        yield sql.SQL("revoke all on {} from {}").format(identifier, sql.SQL(role))
    for grant in wanted:
        column = sql.SQL("({})").format(sql.Identifier(grant.column)) if grant.column else ""
        yield sql.SQL("grant {} {} on {} to {} {}").format(
            sql.SQL(grant.privilege),
            column or sql.SQL(""),
            identifier,
            sql.SQL(grant.role),
            sql.SQL("with grant option" if grant.is_grantable else ""),
        )


def _lock(connection: psycopg.Connection, schema: str, plan: Plan, patience: float) -> None:
    """Lock all old tables, giving way to readers again and again.

    A reader may hold what is wanted here, and want what is held here. So a try is short, and the
    next one begins with the table that this one did not get, where new readers then wait first.
    """
    names = list(plan.old)
    give_up = time.monotonic() + patience
    while True:
        try:
            with connection.transaction():
                ends = None
                for name in names:
                    left = ends - time.monotonic() if ends else TRY_SECONDS
                    server.run(
                        connection,
                        [
                            sql.SQL("set local lock_timeout = {}").format(max(int(left * 1000), 1)),
                            _on("lock table {} in access exclusive mode", schema, name),
                        ],
                    )
                    ends = ends or time.monotonic() + TRY_SECONDS
            break
        except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
            names = [name, *(other for other in names if other != name)]
            if time.monotonic() > give_up:
                oids = [relation.oid for relation in plan.old.values()]
                sessions = server.sessions_with_locks(connection, oids)
                raise PublishError(
                    f"Readers have kept the old tables for {patience:.0f} s, which they do to the"
                    f" end of a transaction: {', '.join(sessions) or 'unknown sessions'}. End"
                    f" those, and publish again. The tables in schema {schema} are as they were."
                ) from error
        time.sleep(TRY_SECONDS / 5)
    standing = server.relations(connection, schema)
    changed = [name for name, relation in plan.old.items() if standing.get(name) != relation]
    if changed:
        raise PublishError(
            f"While the new tables were copied, somebody changed {', '.join(changed)} in schema"
            f" {schema}, or what hangs on it. They are as they were: publish again."
        )


def _exchange(connection: psycopg.Connection, schema: str, plan: Plan, log: Log) -> None:
    """Let the new tables take the place of the old ones, which are locked."""
    if plan.refilled:
        names = (sql.Identifier(schema, table.name) for table in plan.refilled)
        connection.execute(sql.SQL("truncate {}").format(sql.SQL(", ").join(names)))
    for table in plan.refilled:
        identifier = sql.Identifier(schema, table.name)
        _fill(connection, identifier, table, log)
        server.run(connection, _comments(identifier, table))
        log(f"    stays, with new rows: {', '.join(plan.old[table.name].hanging)} depends on it")
    stays = {table.name for table in plan.refilled}
    gone = [_on("drop table {}", schema, name) for name in plan.old if name not in stays]
    renamed = [statement for table in plan.replacing for statement in _renames(schema, table)]
    server.run(connection, gone + renamed)
    for name in plan.dropped:
        log(f"  {name:<28} dropped: it is no longer a public table")


def _renames(schema: str, table: Table) -> Iterator[sql.Composable]:
    new = _new(table.name)
    if table.key:
        yield sql.SQL("alter table {} rename constraint {} to {}").format(
            sql.Identifier(schema, new),
            sql.Identifier(f"{new}_key"),
            sql.Identifier(f"{table.name}_key"),
        )
    yield sql.SQL("alter table {} rename to {}").format(
        sql.Identifier(schema, new), sql.Identifier(table.name)
    )


def _new(name: str) -> str:
    return f"{name}__new"


def _on(statement: str, *name: str) -> sql.Composed:
    return sql.SQL(statement).format(sql.Identifier(*name))


def _failure(error: Exception, address: str, schema: str, is_committing: bool) -> str:
    """What to tell of an error that ended the transaction."""
    if isinstance(error, psycopg.Error):
        said = f"{address}: {server.explained(error)}"
    else:
        said = f"The warehouse cannot be read: {error}"
    if is_committing:
        return (
            f"{said}\nIt happened while the new tables were committed: the last row of"
            f" {schema}.{history.NAME} says which ones stand there."
        )
    return f"{said}\nNothing was published: the tables in schema {schema} are as they were."
