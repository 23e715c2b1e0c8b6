"""Brings a database to the schema of this version: Alembic, configured by the program itself."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from ledger.database import READS, describe
from ledger.errors import StoreError, translate

_FOLDER: Final = Path(__file__).with_name("migrations")
_LOCK: Final = 7_640_110
"""Any number, the same in every process: PostgreSQL's advisory lock around a migration."""


class WrongSchema(StoreError):
    """The database has not been migrated to this version, or is from a later one."""


def head() -> str:
    """The revision that this version of the program needs."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise WrongSchema(f"There is no migration in {_FOLDER}. Install the program again.")
    return revision


def current(engine: Engine) -> str | None:
    """The database's revision; None before the first migration.

    Raises
    ------
    StoreError
        The database cannot be opened.
    """
    try:
        with engine.connect().execution_options(**{READS: True}) as connection:
            return _revision(connection)
    except DBAPIError as error:
        raise translate(error) from error


def upgrade(engine: Engine) -> str:
    """Migrate to this version's schema, in one transaction, and return its revision.

    Processes that do so at once wait for one another; a database that is there already is not written to.

    Raises
    ------
    WrongSchema
        The database comes from a later version of the program.
    StoreError
        The database cannot be opened or written; it is as it was.
    """
    wanted = head()
    found = current(engine)
    if found == wanted:
        return wanted
    _refuse_later(engine, found)
    config = _config()
    try:
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except DBAPIError as error:
        raise translate(error) from error
    return wanted


def require_current(engine: Engine) -> None:
    """Refuse a database whose schema is not this version's.

    Raises
    ------
    WrongSchema
        It must be migrated first, or comes from a later version.
    """
    found = current(engine)
    if found == head():
        return
    _refuse_later(engine, found)
    state = "has no schema yet" if found is None else f"is at revision {found}"
    raise WrongSchema(
        f"The database {describe(engine)} {state}, and this version needs {head()}. Run the migration first."
    )


def _config() -> Config:
    config = Config()
    # Alembic reads its options through ConfigParser, where a percent sign is an escape.
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_later(engine: Engine, found: str | None) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise WrongSchema(
            f"The database {describe(engine)} is at revision {found}, which this version does not know: "
            "it was written by a later one. Install that version, or restore the backup from before it."
        )
