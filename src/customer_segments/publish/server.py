"""PostgreSQL: connecting, and what stands in the schema that is published to."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

import psycopg
from psycopg import errors, sql

from customer_segments.publish.errors import PublishError

CONNECT_SECONDS = "10"

SETTINGS = {
    # Names of types and objects come qualified; nothing is found by accident.
    "search_path": "pg_catalog",
    "datestyle": "iso",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
}

# `hanging` is everything that would be lost, or stay with a table of the past, if another table
# took the place of this one. Not what every table has: its row type, its TOAST table, its key.
# Names of roles come quoted where they must be; everybody is the role with the id 0.
RELATIONS = """
select
    relation.oid,
    relation.relname,
    relation.relkind::text as kind,
    pg_get_userbyid(relation.relowner) as owner,
    pg_has_role(relation.relowner, 'usage') as is_ours,
    array(
        select array[attname::text, format_type(atttypid, atttypmod), attnotnull::text]
        from pg_attribute
        where attrelid = relation.oid and attnum > 0 and not attisdropped
        order by attnum
    ) as columns,
    array(
        select attribute.attname::text
        from unnest(key.conkey) with ordinality as keys (number, position)
        join pg_attribute attribute
            on attribute.attrelid = relation.oid and attribute.attnum = keys.number
        order by position
    ) as key,
    coalesce(key.contype = 'p', false) as has_primary_key,
    array(
        select case
            when depend.classid = 'pg_rewrite'::regclass then pg_describe_object(
                'pg_class'::regclass, (select ev_class from pg_rewrite where oid = depend.objid), 0
            )
            else pg_describe_object(depend.classid, depend.objid, depend.objsubid)
        end
        from pg_depend depend
        left join pg_constraint con
            on depend.classid = 'pg_constraint'::regclass and con.oid = depend.objid
        where
            (
                (depend.refclassid = 'pg_class'::regclass and depend.refobjid = relation.oid)
                or (
                    depend.refclassid = 'pg_type'::regclass
                    and depend.refobjid in (row_type.oid, row_type.typarray)
                )
            )
            and not (
                depend.classid = 'pg_type'::regclass
                and depend.objid in (row_type.oid, row_type.typarray)
            )
            and not (
                depend.classid = 'pg_class'::regclass and depend.objid = relation.reltoastrelid
            )
            and (con.conrelid = relation.oid and (con.contype = 'n' or con.oid = key.oid))
            is not true
        union
        select feature
        from (
            values
            ('row level security', relation.relrowsecurity),
            ('a storage parameter', relation.reloptions is not null),
            ('its tablespace', relation.reltablespace <> 0),
            ('its replica identity', relation.relreplident <> 'd')
        ) as features (feature, is_set)
        where is_set
        order by 1
    ) as hanging,
    array(
        select conname || ' of ' || conrelid::regclass
        from pg_constraint
        where contype = 'f' and confrelid = relation.oid
        order by 1
    ) as references,
    array(
        select array[column_name, case grantee when 0 then 'public' else grantee::regrole::text end,
            privilege_type, is_grantable::text]
        from (
            select null as column_name, acl.*
            from aclexplode(relation.relacl) acl
            union all
            select attribute.attname::text, acl.*
            from pg_attribute attribute, aclexplode(attribute.attacl) acl
            where attribute.attrelid = relation.oid and not attribute.attisdropped
        ) as granted
        where grantee <> relation.relowner
        order by 1
    ) as grants
from pg_class relation
left join pg_type row_type on row_type.oid = relation.reltype
left join pg_constraint key
    on key.conrelid = relation.oid and key.conname = relation.relname || '_key'
where
    relation.relnamespace = (select oid from pg_namespace where nspname = %s)
    and relation.relkind in ('r', 'p', 'v', 'm', 'f')
"""

SESSIONS = """
select distinct 'pid ' || activity.pid || ' (' || coalesce(activity.usename, '?') || ', '
    || coalesce(nullif(activity.application_name, ''), 'unnamed') || ')'
from pg_locks held
join pg_stat_activity activity on activity.pid = held.pid
where held.relation = any(%s) and held.granted and held.pid <> pg_backend_pid()
order by 1
"""


class Grant(NamedTuple):
    """A privilege on a table, or on one of its columns; the role is quoted where it must be."""

    column: str | None
    role: str
    privilege: str
    is_grantable: bool


@dataclass(frozen=True)
class Relation:
    """What bears a name in the schema.

    Attributes:
        oid: of it.
        name: of it.
        kind: as in pg_class: `r` is a table.
        owner: role that owns it.
        is_ours: whether the publishing role may act as the owner.
        columns: name, type, and whether it is not null, in order.
        key: columns of the constraint `<name>_key`.
        has_primary_key: whether that constraint is the primary key.
        hanging: descriptions of what would be lost, or stay with a table of the past, if another
            table took its place: views, indexes, policies, triggers ...
        references: foreign keys that refer to it.
        grants: on it and its columns, except the owner's.
    """

    oid: int
    name: str
    kind: str
    owner: str
    is_ours: bool
    columns: tuple[tuple[str, str, bool], ...]
    key: tuple[str, ...]
    has_primary_key: bool
    hanging: tuple[str, ...]
    references: tuple[str, ...]
    grants: tuple[Grant, ...]

    @property
    def structure(self) -> tuple[object, ...]:
        """As `Table.structure`."""
        return self.columns, self.key, self.has_primary_key


@contextmanager
def connected() -> Iterator[psycopg.Connection]:
    """Open a connection that the standard PG* variables describe, which may write.

    Raises:
        PublishError: the server cannot be reached, refuses the login, or only reads.
    """
    os.environ.setdefault("PGCONNECT_TIMEOUT", CONNECT_SECONDS)
    try:
        connection = psycopg.connect(
            autocommit=True,
            prepare_threshold=None,
            client_encoding="utf8",
            fallback_application_name="customer_segments publish",
        )
    except psycopg.OperationalError as error:
        # A server that answers says so; its words follow the severity.
        refused = "FATAL" in str(error)
        raise PublishError(
            f"PostgreSQL {'refuses the login' if refused else 'cannot be reached'}: {error}\n"
            "Set PGHOST, PGPORT, PGDATABASE, PGUSER and PGPASSWORD (or PGPASSFILE, PGSERVICE)."
        ) from error
    with connection:
        if connection.execute("show transaction_read_only").fetchone() == ("on",):
            raise PublishError(
                f"{address(connection)} is read-only: a standby, or default_transaction_read_only"
                " is set for the role or the database. Point PGHOST to the primary."
            )
        yield connection


def address(connection: psycopg.Connection) -> str:
    """The database and where it is, for people."""
    info = connection.info
    return f"database {info.dbname} on {info.host or 'localhost'}:{info.port}"


def configure(connection: psycopg.Connection) -> None:
    """Set what this transaction relies on, whatever the role, the database or a pool has set."""
    for setting in SETTINGS.items():
        connection.execute("select set_config(%s, %s, true)", setting)


def relations(connection: psycopg.Connection, schema: str) -> dict[str, Relation]:
    """Tables, views and the like in a schema, by name; empty where there is no such schema."""
    found = {}
    for *described, columns, key, primary, hanging, references, grants in connection.execute(
        RELATIONS, [schema]
    ).fetchall():
        relation = Relation(
            *described,
            tuple((name, data_type, not_null == "true") for name, data_type, not_null in columns),
            tuple(key),
            primary,
            tuple(hanging),
            tuple(references),
            tuple(Grant(*grant[:3], grant[3] == "true") for grant in grants),
        )
        found[relation.name] = relation
    return found


def sessions_with_locks(connection: psycopg.Connection, oids: list[int]) -> list[str]:
    """Sessions, other than this one, that hold locks on tables."""
    return [session for (session,) in connection.execute(SESSIONS, [oids]).fetchall()]


def run(connection: psycopg.Connection, statements: Iterable[sql.Composable]) -> None:
    """Run statements in one journey to the server."""
    if text := sql.SQL(";\n").join(statements).as_string(connection):
        connection.execute(text)


def explained(error: psycopg.Error) -> str:
    """What the server says, and what to do about it."""
    said = [error.diag.message_primary, error.diag.message_detail]
    words = ". ".join(text.rstrip(".") for text in said if text) or str(error).strip().rstrip(".")
    advice: dict[type[psycopg.Error], str] = {
        errors.DiskFull: "The new tables need room beside the old ones.",
        errors.InsufficientPrivilege: (
            "Who publishes must own the schema and the tables in it, or be a member of the role"
            " that does; who makes the schema needs CREATE on the database."
        ),
        errors.ReadOnlySqlTransaction: "Point PGHOST to the primary.",
    }
    return f"{words}. {advice.get(type(error), '')}".strip()
