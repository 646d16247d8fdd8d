"""A PostgreSQL server, and an empty database in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg

LOCKED_ROLE = "locked_out"
"""The one role that needs a password."""

HBA = f"local all {LOCKED_ROLE} scram-sha-256\nlocal all all trust\n"


@dataclass(frozen=True)
class Cluster:
    """A server that runs, on a socket in its own folder."""

    folder: Path

    def connect(self, database: str = "postgres", user: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(host=str(self.folder), dbname=database, user=user, autocommit=True)


@dataclass(frozen=True)
class Target:
    """An empty database, and a connection of its superuser."""

    cluster: Cluster
    database: str
    connection: psycopg.Connection

    def query(self, sql: str) -> list[tuple]:
        return self.connection.execute(sql).fetchall()

    def execute(self, sql: str) -> None:
        self.connection.execute(sql)

    def connect(self, user: str = "postgres") -> psycopg.Connection:
        return self.cluster.connect(self.database, user)

    def relations(self) -> set[str]:
        """Everything that bears a name in the schema marts: tables, keys, views."""
        return {
            name
            for (name,) in self.query(
                "select relname from pg_class where relnamespace = to_regnamespace('marts')"
            )
        }


MakeWarehouse = Callable[..., duckdb.DuckDBPyConnection]
"""Makes a small warehouse; see the fixture `small`."""
