"""A desk of equipment tracking over a real database, for tests that ask it things; nothing of it is faked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from equipment_tracking.pool.draft import State
from equipment_tracking.service.building import Building
from equipment_tracking.service.desk import Desk
from equipment_tracking.service.listening import Listener
from equipment_tracking.service.rules import rules_of
from equipment_tracking.store.writer import EquipmentWriter
from ledger.database import open_engine
from ledger.migrate import upgrade
from site_models.load import load_site


@cache
def building(site: str = "clinic_small") -> Building:
    """A site as equipment tracking sees it, read once for all tests."""
    return Building.of(load_site(site))


@contextmanager
def open_desk(folder: Path, site: str = "clinic_small") -> Iterator[Desk]:
    """A desk over the database in the folder, made if it is not there; its locator's thread does not run."""
    engine = open_engine(f"sqlite:///{folder / 'portor.db'}")
    upgrade(engine)
    here = building(site)
    with EquipmentWriter(engine, "test") as writer:
        state = State(writer.load())
        yield Desk(building=here, rules=rules_of(here), state=state, writer=writer, ear=Listener(here, folder))
    engine.dispose()
