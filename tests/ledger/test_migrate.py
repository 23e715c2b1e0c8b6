"""Migrations: the same schema as the program's, on both databases, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect

import equipment_tracking.store.tables as _equipment_tables
import fleet.store.tables as _tables
from ledger import migrate
from ledger.database import open_engine
from ledger.errors import DatabaseLost
from ledger.schema import metadata

assert _equipment_tables.equipment_state.metadata is metadata
assert _tables.job.metadata is metadata  # the rooms' tables stand on the one MetaData once they are imported


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Engine]:
    opened = open_engine(empty_database_url)
    yield opened
    opened.dispose()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names())


def test_the_migrated_schema_is_that_of_the_tables(empty: Engine) -> None:
    """Every table, column, type, index and constraint that the rooms declare is what the revisions make."""
    migrate.upgrade(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    assert tables(empty) == {*metadata.tables, "alembic_version"}


def test_a_new_database_comes_to_the_newest_revision(empty: Engine) -> None:
    """Before there is none, afterwards the program's own."""
    assert migrate.current(empty) is None
    assert migrate.upgrade(empty) == migrate.head()
    assert migrate.current(empty) == migrate.head()
    migrate.require_current(empty)


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    """Every start migrates; nearly every time there is nothing to do."""
    before = tables(engine)
    assert migrate.upgrade(engine) == migrate.head()
    assert tables(engine) == before


def test_two_processes_may_migrate_at_once(empty: Engine) -> None:
    """One does it, the other waits and finds it done."""
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(migrate.upgrade, [empty, empty])) == [migrate.head()] * 2


def test_a_migration_that_fails_leaves_nothing(empty: Engine) -> None:
    """A table of somebody else is in the way: none of ours is made, and theirs stays."""
    with empty.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE job (mine INTEGER)")
    with pytest.raises(DatabaseLost, match="already exists"):
        migrate.upgrade(empty)
    assert tables(empty) == {"job"}
    assert migrate.current(empty) is None


def test_a_database_without_a_schema_is_refused_with_the_way_out(empty: Engine) -> None:
    """The reader says that the migration has to be run first."""
    with pytest.raises(migrate.WrongSchema, match=r"has no schema yet.*Run the migration first"):
        migrate.require_current(empty)


@pytest.mark.parametrize("act", [migrate.upgrade, migrate.require_current])
def test_a_database_of_a_later_version_is_left_alone(engine: Engine, act: object) -> None:
    """Neither migrated nor used: an older program must not write into a newer schema."""
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(migrate.WrongSchema, match="at revision 9999, which this version does not know"):
        act(engine)  # type: ignore[operator]  # one of the two functions above
