"""Alembic's way in: runs the revisions on the connection that `ledger.migrate` hands over."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

connection = context.config.attributes.get("connection")
if not isinstance(connection, Connection):
    raise TypeError("Migrations run through ledger.migrate.upgrade, which brings its own connection.")
# SQLite's schema changes are transactional too, and the writer's engine begins its transactions itself.
context.configure(connection=connection, transactional_ddl=True)
context.run_migrations()
