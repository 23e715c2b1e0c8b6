"""The equipment process without its sockets: the real desk over a real store, behind what looks like the bus."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from bus import wire
from bus.client import BusClient, Unavailable
from bus.messages import Reply
from equipment_tracking.formats import FORMATS
from equipment_tracking.pool.draft import State
from equipment_tracking.pool.requests import AnyRequest, Confirm, MarkCleaned, Register, SayWhere
from equipment_tracking.queries import AnyQuery, Heard
from equipment_tracking.register.assets import Asset
from equipment_tracking.service.building import Building
from equipment_tracking.service.desk import Desk
from equipment_tracking.service.rules import rules_of
from equipment_tracking.store.writer import EquipmentWriter
from equipment_tracking.views import Done, GatewayView, LocatorView, Refused, Taken
from ledger import migrate
from ledger.database import open_engine
from site_models.load import load_site
from tests.api.scenes import START_MS

BODY: Any = msgspec.msgpack.Decoder(AnyRequest | AnyQuery)  # type: ignore[arg-type]  # a union is a type to it


@cache
def clinic_building() -> Building:
    """The small clinic as the process sees it, made once for all tests."""
    return Building.of(load_site("clinic_small"))


class Ear:
    """Reads what gateways send as the process does, and keeps the counts; it locates nothing."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.taken = Taken(0, 0, 0)

    def hear(self, asked: Heard) -> Taken:
        self.heard.append(asked)
        batch = FORMATS[asked.format](asked.body, START_MS, asked.topic)
        malformed = sum(reject.count for reject in batch.rejects)
        self.taken = Taken(len(batch.tags), len(batch.fixes), malformed)
        return self.taken

    def view(self) -> LocatorView:
        return LocatorView(
            running=True,
            reason="",
            tags=3,
            heard_tags=2,
            readings=self.taken.readings,
            readings_per_s=12.5,
            model_made_ms=START_MS,
            refused={"unknown_gateway": 4},
            gateways=(
                GatewayView(
                    id="ac233fc00001",
                    last_heard_ms=START_MS - 1_000,
                    silent=False,
                    skew_ms=120,
                    refused={},
                    room="S0-01",
                    floor="0",
                    x_m=40.0,
                    y_m=6.0,
                ),
                GatewayView(id="ac233fc00002", last_heard_ms=None, silent=True, skew_ms=None, refused={"late": 2}),
            ),
        )


class FakeEquipment(BusClient):
    """Speaks as `BusClient` does; `away` makes it silent. Site time is `now_ms` and stands still."""

    def __init__(self, folder: Path) -> None:
        self.away = False
        self.now_ms = START_MS
        self.ear = Ear()
        self.asked: list[tuple[str, str, str, Any]] = []
        self.url = _database(folder)
        self._engine = open_engine(self.url)
        self._writer = EquipmentWriter(self._engine, "equipment of a test")
        self._writer.open()
        building = clinic_building()
        self.desk = Desk(
            building=building,
            rules=rules_of(building),
            state=State(),
            writer=self._writer,
            ear=self.ear,
        )

    @property
    def in_contact(self) -> bool:
        return not self.away

    async def request(self, actor: str, role: str, key: str, body: Any, timeout_s: float = 10) -> Reply:  # noqa: ARG002
        if self.away:
            raise Unavailable(2)
        asked = BODY.decode(msgspec.msgpack.encode(body))
        self.asked.append((actor, role, key, asked))
        status, view = self.desk.answer(asked, actor=actor, key=key, now_ms=self.now_ms)
        if status == 503:
            raise Unavailable(2)
        return Reply("", status, wire.body(view))

    # --- scenes -------------------------------------------------------------------------------------------------------

    def do(self, request: AnyRequest, actor: str = "fatima") -> Done:
        """Carry out a request that must be granted."""
        _, view = self.desk.answer(request, actor=actor, key="", now_ms=self.now_ms)
        assert isinstance(view, Done), view
        return view

    def refused(self, request: AnyRequest, actor: str = "fatima") -> Refused:
        """Ask what must be refused."""
        _, view = self.desk.answer(request, actor=actor, key="", now_ms=self.now_ms)
        assert isinstance(view, Refused), view
        return view

    def register(self, *assets: Asset) -> None:
        """Let these assets be; they begin as used."""
        self.do(Register(assets))

    def ready(self, *assets: str) -> None:
        """Clean and confirm, from used."""
        for asset in assets:
            kind = self.desk.state.assets[asset].type
            self.do(MarkCleaned(asset, "wipe_alcohol"), "bo")
            self.do(Confirm(asset, self.desk.rules.catalogue.checks(kind)), "bo")

    def put(self, asset: str, place: str) -> None:
        """Somebody has seen it in a room just now."""
        self.do(SayWhere(asset, place, here=True), "carla")

    def close(self) -> None:
        """Give back the database."""
        self._writer.close()
        self._engine.dispose()


def pump(number: int, **more: object) -> Asset:
    """A volumetric pump of ward S0 that lives in its clean utility."""
    fields = {
        "type": "infusion_pump",
        "ward": "S0",
        "home": "S0-utility-clean",
        "pump": "volumetric",
        "serial": f"SN{number:04d}",
        "tag": f"c3:00:00:00:00:{number:02x}",
    }
    return Asset(f"5712345P{number}", f"Pumpe {number}", **(fields | more))  # type: ignore[arg-type]  # any of its fields


def bed(number: int, **more: object) -> Asset:
    """A bed of ward S1."""
    fields = {"type": "bed", "ward": "S1", "home": "S1-01", "safe_load_kg": 250.0}
    return Asset(f"5712345B{number}", f"Seng {number}", **(fields | more))  # type: ignore[arg-type]  # any of its fields


P1, P2, P3 = (f"5712345P{number}" for number in (1, 2, 3))
B1 = "5712345B1"


def a_small_pool(equipment: FakeEquipment) -> FakeEquipment:
    """Two ready pumps of S0 (one downstairs in S0, one upstairs in S1), one that is used, and a ready bed in S1."""
    equipment.register(pump(1), pump(2), pump(3), bed(1))
    equipment.ready(P1, P2, B1)
    equipment.put(P1, "S0-utility-clean")
    equipment.put(P2, "S1-utility-clean")
    equipment.put(P3, "S0-utility-soiled")
    equipment.put(B1, "S1-01")
    return equipment


@cache
def _template(folder: Path) -> Path:
    file = folder / "template.sqlite"
    engine = open_engine(f"sqlite:///{file}")
    migrate.upgrade(engine)
    engine.dispose()
    return file


def _database(folder: Path) -> str:
    """A migrated database of one's own, copied from one that is migrated once a session."""
    number = sum(1 for _ in folder.glob("equipment-*.sqlite"))
    file = folder / f"equipment-{number}.sqlite"
    shutil.copy(_template(folder), file)
    return f"sqlite:///{file}"
